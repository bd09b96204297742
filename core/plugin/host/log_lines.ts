/**
 * What plugins say on stderr → log lines of ours.
 *
 * @module
 */

/** As JSON on the host's stderr. */
export interface HostLog {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const TEXT =
  /^(?:\d{4}-\d\d-\d\dT\S+\s+)?\[(TRACE|DEBUG|INFO|WARN|ERROR)\]\s*(.*)$/s;
/** A trace has this many lines at most in one entry. */
const MOST_TRACE_LINES = 400;

/** Lines of hclog, as JSON or text, or of anybody. */
export function readLogLine(line: string): HostLog {
  return readJson(line) ?? readText(line);
}

function readJson(line: string): HostLog | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { "@level": level, "@message": message, ...rest } = JSON.parse(line);
    if (typeof level !== "string" || typeof message !== "string") {
      return undefined;
    }
    delete rest["@timestamp"];
    const { "@module": module, "@caller": _caller, ...fields } = rest;
    return {
      ...fields,
      ...(module === undefined ? {} : { module }),
      level,
      msg: message,
    };
  } catch {
    return undefined;
  }
}

function readText(line: string): HostLog {
  const match = TEXT.exec(line);
  return match === null
    ? { level: "info", msg: line }
    : { level: match[1].toLowerCase(), msg: match[2] };
}

/** A panic's lines are one entry, of which the first says what it was. */
export class PanicCollector {
  readonly #emit: (log: HostLog) => void;
  #lines: string[] = [];
  /** What the plugin panicked with. */
  panic: string | undefined;

  constructor(emit: (log: HostLog) => void) {
    this.#emit = emit;
  }

  push(line: string): void {
    const isPanic = /^(panic|fatal error): /.test(line);
    if (isPanic) this.panic ??= line;
    if (isPanic || this.#lines.length > 0) {
      if (this.#lines.length < MOST_TRACE_LINES) this.#lines.push(line);
    } else this.#emit(readLogLine(line));
  }

  end(): void {
    if (this.#lines.length === 0) return;
    this.#emit({ level: "error", msg: this.#lines.join("\n") });
    this.#lines = [];
  }
}
