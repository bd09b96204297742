/**
 * Reads a connection string: ADO style (`Server=…;Database=…`), ODBC's quoting, or
 * a `sqlserver://` URL.
 *
 * The driver's own parser reads such URLs to nothing and drops
 * `trusted_connection`, so both would fail later and elsewhere. Messages name
 * keywords, never values: those may be secrets.
 *
 * @module
 */

/** How to log in. */
export type Authentication =
  | {
    readonly kind: "password";
    readonly user: string;
    readonly password: string;
  }
  | {
    readonly kind: "ntlm";
    readonly domain: string;
    readonly user: string;
    readonly password: string;
  }
  | {
    readonly kind: "entra";
    readonly method: EntraMethod;
    /** The application's or managed identity's id, or a user's name. */
    readonly user: string | undefined;
    readonly password: string | undefined;
  };

/** Ways of Entra ID that need nobody at a screen. */
export type EntraMethod =
  | "default"
  | "managed_identity"
  | "service_principal"
  | "workload_identity";

/** A server, a database and how to get there. */
export interface SqlServerTarget {
  readonly server: string;
  /** 1433 when neither this nor an instance is given. */
  readonly port: number | undefined;
  readonly instanceName: string | undefined;
  readonly database: string | undefined;
  readonly authentication: Authentication;
  readonly encryption: "on" | "off" | "strict";
  readonly trustsAnyCertificate: boolean;
  /** What the certificate must be issued to, if not to the server's name. */
  readonly hostNameInCertificate: string | undefined;
  /** A PEM file with the authority that issued it. */
  readonly certificateFile: string | undefined;
  readonly connectTimeoutMs: number | undefined;
  readonly commandTimeoutMs: number | undefined;
  readonly appName: string | undefined;
  readonly isReadOnly: boolean;
  readonly isMultiSubnet: boolean;
  readonly packetSizeBytes: number | undefined;
}

/** A connection string that can't be used; says why without quoting it. */
export class ConnectionStringError extends Error {
  override readonly name = "ConnectionStringError";

  constructor(message: string, readonly hint?: string) {
    super(message);
  }
}

/** Which database it is; `undefined` for what can't be read. */
export function readDatabase(
  text: string,
): Pick<SqlServerTarget, "server" | "instanceName" | "database"> | undefined {
  try {
    return parseConnectionString(text);
  } catch (error) {
    if (error instanceof ConnectionStringError) return undefined;
    throw error;
  }
}

/** @throws {ConnectionStringError} */
export function parseConnectionString(text: string): SqlServerTarget {
  const trimmed = text.trim();
  const isUrl = /^(sqlserver|mssql|azuresql):\/\//i.test(trimmed);
  if (/^jdbc:/i.test(trimmed)) {
    throw new ConnectionStringError(
      "a JDBC URL is not understood",
      'write "sqlserver://user:password@host:1433?database=name"',
    );
  }
  return toTarget(isUrl ? readUrl(trimmed) : readPairs(trimmed));
}

// ------------------------------------------------------------------ keywords

/** One name for each keyword and what other drivers call it. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  server: ["data source", "addr", "address", "network address", "host"],
  port: [],
  instance: [],
  database: ["initial catalog", "databasename"],
  user: ["user id", "uid", "username", "user name", "userid"],
  password: ["pwd"],
  "integrated security": ["trusted_connection", "trusted connection"],
  authentication: ["fedauth"],
  encrypt: [],
  "trust server certificate": ["trustservercertificate"],
  "host name in certificate": ["hostnameincertificate"],
  certificate: [],
  "connect timeout": [
    "connection timeout",
    "timeout",
    "dial timeout",
    "connecttimeout",
    "logintimeout",
    "login timeout",
  ],
  "command timeout": ["commandtimeout", "request timeout"],
  "application name": ["app", "app name", "applicationname"],
  "application intent": ["applicationintent"],
  "multi subnet failover": ["multisubnetfailover"],
  "packet size": ["packetsize"],
};

/** What changes nothing here: this input opens what it needs itself. */
const WITHOUT_EFFECT = new Set([
  "driver",
  "dsn",
  "provider",
  "pooling",
  "max pool size",
  "min pool size",
  "persist security info",
  "persistsecurityinfo",
  "enlist",
  "keepalive",
  "multipleactiveresultsets",
  "multiple active result sets",
  "mars_connection",
  "connection lifetime",
  "load balance timeout",
  "connectretrycount",
  "connect retry count",
  "connectretryinterval",
  "connect retry interval",
  "workstation id",
  "wsid",
  "current language",
  "language",
  "type system version",
  "asynchronous processing",
  "async",
  "transparentnetworkipresolution",
  "ipaddresspreference",
  "log",
  "transaction binding",
  "replication",
  "user instance",
  "poolblockingperiod",
  "column encryption setting",
  "disableretry",
  "protocol",
  "ansinpw",
  "context connection",
  "network library",
  "net",
  "network",
  "tds version",
  "encryption level",
  "quotedid",
  "regional",
  "description",
  "autotranslate",
]);

const NAME_OF = new Map(
  Object.entries(KEYWORDS).flatMap(([name, others]) =>
    [name, ...others].map((word) => [word, name] as const)
  ),
);

type Values = ReadonlyMap<string, string>;

/** The last one wins, as in ADO.NET; names are known ones. */
class Keywords {
  readonly #values = new Map<string, string>();
  #last: string | undefined;

  add(keyword: string, value: string): void {
    const word = keyword.trim().toLowerCase().replace(/\s+/g, " ");
    const name = NAME_OF.get(word);
    const known = name ?? (WITHOUT_EFFECT.has(word) ? word : undefined);
    if (name !== undefined) this.#values.set(name, value);
    else if (!WITHOUT_EFFECT.has(word)) {
      // It may be the rest of a password that was cut at its semicolon.
      if (this.#last === "password") throw cutPassword();
      throw new ConnectionStringError(
        `the connection string has the unknown keyword "${word}"`,
        `known: ${Object.keys(KEYWORDS).join(", ")}`,
      );
    }
    this.#last = known;
  }

  get values(): Values {
    return this.#values;
  }
}

function cutPassword(): ConnectionStringError {
  return new ConnectionStringError(
    "the connection string has an unknown keyword behind the password",
    'a password with a semicolon stands in quotes: Password="…;…"',
  );
}

// --------------------------------------------------------------------- pairs

/** `key=value;key='va;lue'`, also `key={va;lue}`; a doubled quote is a quote. */
function readPairs(text: string): Values {
  const keywords = new Keywords();
  const body = text.replace(/^odbc:/i, "");
  let at = 0;
  while (at < body.length) {
    at = skip(body, at, /[\s;]/);
    if (at >= body.length) break;
    const equals = findEquals(body, at);
    const keyword = body.slice(at, equals).replaceAll("==", "=");
    const { value, end } = readValue(body, skip(body, equals + 1, /\s/));
    keywords.add(keyword, value);
    at = end;
  }
  return keywords.values;
}

function skip(text: string, at: number, what: RegExp): number {
  while (at < text.length && what.test(text[at])) at++;
  return at;
}

/** The first `=` that isn't doubled. */
function findEquals(text: string, from: number): number {
  for (let at = from; at < text.length && text[at] !== ";"; at++) {
    if (text[at] !== "=") continue;
    if (text[at + 1] !== "=") return at;
    at++;
  }
  throw new ConnectionStringError(
    "the connection string has a part without `=`",
    "write keyword=value;keyword=value, and quote a value that holds `;`",
  );
}

const CLOSING: Readonly<Record<string, string>> = {
  "'": "'",
  '"': '"',
  "{": "}",
};

function readValue(text: string, at: number): { value: string; end: number } {
  const closing = CLOSING[text[at]];
  if (closing === undefined) {
    const end = text.indexOf(";", at);
    const to = end < 0 ? text.length : end;
    return { value: text.slice(at, to).trim(), end: to + 1 };
  }
  let value = "";
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] !== closing) value += text[i];
    else if (text[i + 1] === closing) value += text[i++];
    else return { value, end: endOfQuoted(text, i + 1) };
  }
  throw new ConnectionStringError(
    `the connection string has a value that begins with ${text[at]} and ` +
      `has no ${closing} at its end`,
  );
}

function endOfQuoted(text: string, from: number): number {
  const at = skip(text, from, /\s/);
  if (at < text.length && text[at] !== ";") {
    throw new ConnectionStringError(
      "the connection string has something between a quoted value and `;`",
    );
  }
  return at + 1;
}

// ----------------------------------------------------------------------- URL

function readUrl(text: string): Values {
  const url = URL.parse(text.replace(/^[a-z]+:/i, "http:"));
  if (url === null) {
    throw new ConnectionStringError(
      "the connection string is no URL that could be read",
      "write characters such as @ : / # in user and password as %40 %3A %2F %23",
    );
  }
  const keywords = new Keywords();
  keywords.add("server", decode(url.hostname));
  // URL drops the default port of http.
  const port = url.port || (/:80(?=[/?#]|$)/.test(text) ? "80" : "");
  if (port !== "") keywords.add("port", port);
  const instance = decode(url.pathname.replace(/^\/|\/$/g, ""));
  if (instance !== "") keywords.add("instance", instance);
  if (url.username !== "") keywords.add("user", decode(url.username));
  if (url.password !== "") keywords.add("password", decode(url.password));
  for (const [key, value] of url.searchParams) keywords.add(key, value);
  return keywords.values;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConnectionStringError(
      "the connection string has a % that is no escape",
      "write a percent sign as %25",
    );
  }
}

// ------------------------------------------------------------------- meaning

function toTarget(values: Values): SqlServerTarget {
  const strict = values.get("encrypt")?.toLowerCase() === "strict";
  return {
    ...toServer(values),
    database: values.get("database") || undefined,
    authentication: toAuthentication(values),
    encryption: strict ? "strict" : isEncrypted(values) ? "on" : "off",
    trustsAnyCertificate: isTrue(values, "trust server certificate", false),
    hostNameInCertificate: values.get("host name in certificate") || undefined,
    certificateFile: values.get("certificate") || undefined,
    connectTimeoutMs: seconds(values, "connect timeout"),
    commandTimeoutMs: seconds(values, "command timeout"),
    appName: values.get("application name") || undefined,
    isReadOnly: values.get("application intent")?.toLowerCase() === "readonly",
    isMultiSubnet: isTrue(values, "multi subnet failover", false),
    packetSizeBytes: wholeNumber(values, "packet size"),
  };
}

function toServer(values: Values) {
  const written = values.get("server") ?? "";
  if (written === "") {
    throw new ConnectionStringError(
      "the connection string names no server",
      "write Server=host,1433;Database=name;…",
    );
  }
  const text = written.replace(/^tcp:/i, "");
  const protocol = /^(np|lpc|admin|via):/i.exec(text)?.[1];
  if (protocol !== undefined || /^\\\\|^\(localdb\)/i.test(text)) {
    throw new ConnectionStringError(
      `the connection string asks for ${
        protocol ?? "a local pipe"
      }: only TCP ` +
        "is spoken",
      "enable TCP/IP in SQL Server Configuration Manager, and name host and port",
    );
  }
  const parts = /^(\[[^\]]*\]|[^,\\]*)(?:\\([^,]*))?(?:,\s*(\d+))?$/.exec(text);
  if (parts === null) {
    throw new ConnectionStringError(
      "the connection string has a server that could not be read",
      "write host, host,port or host\\instance",
    );
  }
  const [, host, instance, port] = parts;
  const instanceName = instance ?? values.get("instance");
  return {
    server: toHost(host.trim()),
    port: port === undefined ? wholeNumber(values, "port") : Number(port),
    // The default instance has a name too, which nobody answers to.
    instanceName: /^mssqlserver$/i.test(instanceName ?? "")
      ? undefined
      : instanceName || undefined,
  };
}

function toHost(host: string): string {
  if (host === "." || /^\(local\)$/i.test(host) || host === "") {
    return "localhost";
  }
  return host.replace(/^\[|\]$/g, "");
}

function toAuthentication(values: Values): Authentication {
  const user = values.get("user");
  const password = values.get("password");
  refuseIntegrated(values);
  const named = values.get("authentication")?.replace(/[\s_]/g, "")
    .toLowerCase();
  if (named !== undefined && named !== "" && named !== "sqlpassword") {
    return { kind: "entra", method: toMethod(named), user, password };
  }
  if (user === undefined || user === "") {
    throw new ConnectionStringError(
      "the connection string names no user",
      'add "User ID=…;Password=…", or "Authentication=Active Directory Default"',
    );
  }
  const [, domain, name] = /^([^\\]+)\\(.+)$/.exec(user) ?? [];
  return domain === undefined
    ? { kind: "password", user, password: password ?? "" }
    : { kind: "ntlm", domain, user: name, password: password ?? "" };
}

function refuseIntegrated(values: Values): void {
  const written = values.get("integrated security") ?? "false";
  const isIntegrated = written.toLowerCase() === "sspi" ||
    toBoolean(written, "integrated security");
  if (!isIntegrated) return;
  throw new ConnectionStringError(
    "integrated security (trusted_connection) is not possible here: it needs " +
      "Windows' own login of the process",
    'use a SQL login ("User ID=…;Password=…"), a Windows account with its ' +
      'password ("User ID=DOMAIN\\name;Password=…"), or Entra ID ' +
      '("Authentication=Active Directory Managed Identity")',
  );
}

const METHODS: Readonly<Record<string, EntraMethod>> = {
  activedirectorydefault: "default",
  activedirectorymanagedidentity: "managed_identity",
  activedirectorymsi: "managed_identity",
  activedirectoryserviceprincipal: "service_principal",
  activedirectoryapplication: "service_principal",
  activedirectoryworkloadidentity: "workload_identity",
};

function toMethod(named: string): EntraMethod {
  const method = METHODS[named];
  if (method !== undefined) return method;
  throw new ConnectionStringError(
    "the connection string asks for an authentication that needs a person or " +
      "isn't known",
    "use Active Directory Default, Active Directory Managed Identity, Active " +
      "Directory Service Principal or Active Directory Workload Identity",
  );
}

/** On unless told otherwise; go-mssqldb's `disable` is off as well. */
function isEncrypted(values: Values): boolean {
  const written = values.get("encrypt")?.toLowerCase();
  if (written === undefined || written === "mandatory") return true;
  if (written === "optional" || written === "disable") return false;
  return toBoolean(written, "encrypt");
}

function isTrue(values: Values, name: string, otherwise: boolean): boolean {
  const written = values.get(name);
  return written === undefined ? otherwise : toBoolean(written, name);
}

function toBoolean(written: string, name: string): boolean {
  if (/^(true|yes|1)$/i.test(written)) return true;
  if (/^(false|no|0)$/i.test(written)) return false;
  throw new ConnectionStringError(
    `the connection string's "${name}" must be true or false`,
  );
}

function seconds(values: Values, name: string): number | undefined {
  const whole = wholeNumber(values, name);
  return whole === undefined ? undefined : whole * 1000;
}

function wholeNumber(values: Values, name: string): number | undefined {
  const written = values.get(name);
  if (written === undefined || written === "") return undefined;
  if (/^\d{1,9}$/.test(written)) return Number(written);
  throw new ConnectionStringError(
    `the connection string's "${name}" must be a whole number`,
  );
}
