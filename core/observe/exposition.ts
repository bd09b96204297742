/**
 * Metrics as text: the Prometheus exposition format, and OpenMetrics.
 *
 * Both are lines of `name{label="value"} number`; they differ in how they name a
 * counter's family, write whole numbers of seconds and end.
 *
 * @module
 */

/** Label values by name. */
export type Labels = Readonly<Record<string, string>>;

/** One number of a family. */
export interface Point {
  readonly labels: Labels;
  readonly value: number;
}

/** One histogram of a family; `counts` are not cumulative. */
export interface HistogramPoint {
  readonly labels: Labels;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** All that is measured under one name. */
export type Family =
  & {
    /** A counter's ends in `_total`. */
    readonly name: string;
    readonly help: string;
  }
  & (
    | { readonly type: "counter" | "gauge"; readonly points: readonly Point[] }
    | { readonly type: "histogram"; readonly points: readonly HistogramPoint[] }
  );

/** How to write them. */
export type TextFormat = "prometheus" | "openmetrics";

/** What goes into `Content-Type`. */
export const CONTENT_TYPES: Readonly<Record<TextFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** OpenMetrics for whoever names it, the older format for everybody else. */
export function chooseFormat(accept: string | null): TextFormat {
  const isAsked = /application\/openmetrics-text/i.test(accept ?? "");
  return isAsked ? "openmetrics" : "prometheus";
}

/**
 * Families without points are left out.
 *
 * @example
 * ```ts
 * import { formatMetrics } from "./exposition.ts";
 *
 * const text = formatMetrics([{
 *   name: "pings_total",
 *   help: "Pings sent.",
 *   type: "counter",
 *   points: [{ labels: { to: "b" }, value: 3 }],
 * }], "prometheus");
 * if (!text.endsWith('pings_total{to="b"} 3\n')) throw new Error(text);
 * ```
 */
export function formatMetrics(
  families: readonly Family[],
  format: TextFormat,
): string {
  const texts = families
    .filter(({ points }) => points.length > 0)
    .map((family) => formatFamily(family, format));
  if (format === "openmetrics") texts.push("# EOF\n");
  return texts.join("");
}

function formatFamily(family: Family, format: TextFormat): string {
  const name = format === "openmetrics" && family.type === "counter"
    ? family.name.replace(/_total$/, "")
    : family.name;
  const lines = [
    `# HELP ${name} ${escapeHelp(family.help, format)}`,
    `# TYPE ${name} ${family.type}`,
  ];
  if (family.type === "histogram") {
    for (const point of family.points) {
      lines.push(...histogramLines(family.name, point, format));
    }
  } else {
    for (const { labels, value } of family.points) {
      lines.push(line(family.name, labels, value));
    }
  }
  return lines.join("\n") + "\n";
}

function histogramLines(
  name: string,
  { labels, bounds, counts, count, sum }: HistogramPoint,
  format: TextFormat,
): string[] {
  let below = 0;
  const buckets = bounds.map((bound, i) => {
    below += counts[i];
    const le = formatBound(bound, format);
    return line(`${name}_bucket`, { ...labels, le }, below);
  });
  return [
    ...buckets,
    line(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, count),
  ];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels)
    .map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  const braces = pairs.length > 0 ? `{${pairs.join(",")}}` : "";
  return `${name}${braces} ${formatNumber(value)}`;
}

function formatNumber(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}

function formatBound(bound: number, format: TextFormat): string {
  const isWhole = Number.isInteger(bound) && format === "openmetrics";
  return isWhole ? bound.toFixed(1) : String(bound);
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (c) => c === "\n" ? "\\n" : `\\${c}`);
}

function escapeHelp(text: string, format: TextFormat): string {
  const special = format === "openmetrics" ? /[\\"\n]/g : /[\\\n]/g;
  return text.replace(special, (c) => c === "\n" ? "\\n" : `\\${c}`);
}
