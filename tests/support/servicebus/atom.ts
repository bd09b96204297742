/**
 * The Atom XML of the management interface.
 *
 * @module
 */

const CONNECT = "http://schemas.microsoft.com/netservices/2010/10/servicebus/" +
  "connect";
const COUNTS = "http://schemas.microsoft.com/netservices/2011/06/servicebus";

/** Kinds of entities, as their elements are called. */
export type Kind = "Queue" | "Topic" | "Subscription";

/** One entity with its properties, in any order. */
export interface Description {
  readonly kind: Kind;
  /** `topic/Subscriptions/sub1` */
  readonly path: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly counts: Readonly<Record<string, number>>;
}

/** One entity. */
export function entryXml({ kind, path, properties, counts }: Description) {
  const fields = Object.entries(properties)
    .map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  const details = Object.entries(counts)
    .map(([name, count]) => `<d2p1:${name}>${count}</d2p1:${name}>`);
  return `<entry xmlns="http://www.w3.org/2005/Atom">` +
    `<id>https://127.0.0.1/${escapeXml(path)}</id>` +
    `<title type="text">${escapeXml(path)}</title>` +
    `<content type="application/xml"><${kind}Description xmlns="${CONNECT}">` +
    fields.join("") +
    `<CountDetails xmlns:d2p1="${COUNTS}">${details.join("")}</CountDetails>` +
    `</${kind}Description></content></entry>`;
}

/** A page of a list. */
export function feedXml(entries: readonly Description[], next?: string) {
  const link = next === undefined
    ? ""
    : `<link rel="self" href="${escapeXml(next)}"/>` +
      `<link rel="next" href="${escapeXml(next)}"/>`;
  return `<feed xmlns="http://www.w3.org/2005/Atom"><title>List</title>` +
    `${link}${entries.map(entryXml).join("")}</feed>`;
}

/** Why a request failed. */
export function errorXml(code: number, detail: string): string {
  return `<Error><Code>${code}</Code>` +
    `<Detail>${escapeXml(detail)}</Detail></Error>`;
}

/** What a client wants an entity to be. */
export function readDescription(
  xml: string,
): { kind: Kind | undefined; properties: Record<string, string> } {
  const kind = /<(Queue|Topic|Subscription)Description\b/.exec(xml)?.[1];
  const fields = xml.matchAll(/<([A-Z]\w*)>([^<]*)<\/\1>/g);
  const properties = Object.fromEntries(
    [...fields].map(([, name, value]) => [name, unescapeXml(value)]),
  );
  return { kind: kind as Kind | undefined, properties };
}

/** `P1DT2H3M4.5S` in milliseconds. */
export function readDurationMs(text: string): number {
  const match =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(
      text,
    );
  if (match === null) throw new Error(`no duration: ${text}`);
  const [days, hours, minutes, seconds] = match.slice(1)
    .map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

/** The other way round. */
export function durationText(ms: number): string {
  return `PT${ms / 1000}S`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;");
}

function unescapeXml(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}
