/**
 * One client's connection, from PRELOGIN to its end (MS-TDS 3.3: the server's states).
 *
 * Messages are read while a request runs, so that an attention can stop it; they are
 * answered one by one, in their order.
 *
 * @module
 */

import { AnswerWriter } from "./answer_writer.ts";
import { ByteReader } from "./byte_reader.ts";
import { ByteWriter } from "./byte_writer.ts";
import type { ByteChannel } from "./channel.ts";
import { DroppedConnection, SqlServerError } from "./errors.ts";
import { type Accepted, acceptLogin, askForToken } from "./login.ts";
import { type Login, readLogin7 } from "./login7.ts";
import {
  type Message,
  MessageReader,
  MessageType,
  PacketCutter,
} from "./packets.ts";
import { readRpc, skipHeaders } from "./parameters.ts";
import {
  clientEncryption,
  Encryption,
  negotiate,
  readPrelogin,
  writePrelogin,
} from "./prelogin.ts";
import { type Called, PreparedStatements } from "./procedures.ts";
import type {
  SqlRequest,
  TdsServerOptions,
  TransactionStep,
} from "./server.ts";
import { TdsSession } from "./session.ts";
import { TlsChannel } from "./tls_channel.ts";
import {
  DoneStatus,
  DoneToken,
  EnvChange,
  writeBytesChange,
  writeDone,
  writeError,
  writeHandle,
} from "./tokens.ts";

const MAX_WAITING_MESSAGES = 8;
/** How long a client may take to go after an error that ends the connection. */
const GOODBYE_MS = 2000;
/** How long it has to read an error of severity 20 or more. */
const FATAL_ERROR_MS = 20;
const FIRST_PACKET_BYTES = 4096;
const NOTHING = new Uint8Array(0);
const TRANSACTION_STEPS: Readonly<Record<number, TransactionStep>> = {
  5: "begin",
  7: "commit",
  8: "rollback",
  9: "save",
};

/** Reads, asks the handler, writes. */
export class TdsConnection {
  readonly #options: TdsServerOptions;
  readonly #id: number;
  readonly #ended = new AbortController();
  readonly #waiting: Message[] = [];
  readonly #prepared = new PreparedStatements();
  #channel: ByteChannel;
  #reader: MessageReader;
  #wake: (() => void) | undefined;
  #current: AbortController | undefined;
  #packetSizeBytes = FIRST_PACKET_BYTES;
  #transactions = 0n;
  session: TdsSession | undefined;

  constructor(channel: ByteChannel, options: TdsServerOptions, id: number) {
    this.#channel = channel;
    this.#reader = new MessageReader(channel);
    this.#options = options;
    this.#id = id;
  }

  close(): void {
    this.#ended.abort();
    this.#channel.close();
    this.#wake?.();
  }

  /** Resolves when the connection has ended; never rejects. */
  async serve(): Promise<void> {
    try {
      if (await this.#logIn()) await this.#serveRequests();
    } catch (error) {
      // A client may go at any moment; that is no fault.
      if (isFault(error)) this.#options.onFault?.(error);
    } finally {
      this.close();
      this.session?.end();
    }
  }

  async #logIn(): Promise<boolean> {
    const prelogin = await this.#reader.next();
    if (prelogin?.type !== MessageType.prelogin) return false;
    if (!await this.#negotiate(prelogin)) return false;
    const message = await this.#reader.next();
    if (message?.type !== MessageType.login7) return false;
    const login = await this.#withToken(readLogin7(message.payload));
    return login !== undefined && await this.#answerLogin(login);
  }

  /** @returns Whether the client may go on. */
  async #negotiate({ payload }: Message): Promise<boolean> {
    const { tls, tokens } = this.#options;
    const mode = this.#options.encryption ?? (tls ? "off" : "not_supported");
    const client = clientEncryption(readPrelogin(payload));
    const encryption = negotiate(client, mode);
    const answer = writePrelogin(encryption, tokens !== undefined);
    await this.#send(answer);
    const isRefused = encryption === Encryption.required &&
      client === Encryption.notSupported;
    if (isRefused) {
      await this.#untilClientGoes();
      return false;
    }
    if (encryption === Encryption.notSupported || tls === undefined) {
      return true;
    }
    this.#channel = TlsChannel.open(this.#channel, tls);
    this.#reader = new MessageReader(this.#channel);
    return true;
  }

  /** A client that fetches its token first is told where (MS-TDS 3.3.5.4). */
  async #withToken(login: Login): Promise<Login | undefined> {
    if (login.tokenWay !== "asked_for") return login;
    const writer = new ByteWriter();
    askForToken(writer);
    await this.#send(writer.written);
    const message = await this.#reader.next();
    if (message?.type !== MessageType.fedAuthToken) return undefined;
    const reader = new ByteReader(message.payload);
    reader.u32();
    return { ...login, token: reader.ucs2(reader.u32()) };
  }

  async #answerLogin(login: Login): Promise<boolean> {
    const writer = new ByteWriter();
    const accepted = acceptLogin(login, this.#options, writer);
    await this.#send(writer.written);
    if (accepted === undefined) {
      await this.#untilClientGoes();
      return false;
    }
    this.#begin(login, accepted);
    return true;
  }

  /** Whoever hangs up first takes the last word from the client. */
  async #untilClientGoes(): Promise<void> {
    const timer = setTimeout(() => this.close(), GOODBYE_MS);
    while (await this.#channel.read() !== undefined);
    clearTimeout(timer);
  }

  #begin(login: Login, { user, packetSizeBytes }: Accepted): void {
    this.#packetSizeBytes = packetSizeBytes;
    this.session = new TdsSession(
      this.#id,
      user,
      login.database || "master",
      login.appName,
      login.isReadOnly,
      this.#ended.signal,
      () => this.close(),
    );
  }

  async #serveRequests(): Promise<void> {
    const pumping = this.#pump();
    try {
      for (;;) {
        const message = this.#waiting.shift();
        if (message !== undefined) await this.#answer(message);
        else if (this.#ended.signal.aborted) return;
        else await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      this.close();
      await pumping;
    }
  }

  /** Reads ahead: an attention stops the request that runs. */
  async #pump(): Promise<void> {
    for (;;) {
      const message = await this.#reader.next().catch(() => undefined);
      if (message === undefined) break;
      if (message.type === MessageType.attention) this.#current?.abort();
      this.#waiting.push(message);
      if (this.#waiting.length > MAX_WAITING_MESSAGES) break;
      this.#wake?.();
    }
    this.#current?.abort();
    this.close();
  }

  async #answer(message: Message): Promise<void> {
    const writer = new AnswerWriter(
      this.#channel,
      this.#packetSizeBytes,
      this.#options.serverName ?? "TESTSERVER",
    );
    if (message.resetsConnection) this.#reset(writer);
    if (message.isIgnored) this.#done(writer, DoneStatus.final);
    else await this.#answerType(message, writer);
    await writer.finish();
  }

  async #answerType(message: Message, writer: AnswerWriter): Promise<void> {
    switch (message.type) {
      case MessageType.sqlBatch:
        return await this.#batch(message.payload, writer);
      case MessageType.rpc:
        return await this.#rpc(message.payload, writer);
      case MessageType.transactionManager:
        return this.#transaction(message.payload, writer);
      case MessageType.attention:
        return this.#done(writer, DoneStatus.attention);
      default:
        throw new Error(`no answer to messages of type ${message.type}`);
    }
  }

  #done(writer: AnswerWriter, status: number): void {
    writeDone(writer.body, DoneToken.done, status);
  }

  #reset(writer: AnswerWriter): void {
    this.session?.reset();
    writeBytesChange(writer.body, EnvChange.reset, NOTHING, NOTHING);
  }

  async #batch(payload: Uint8Array, writer: AnswerWriter): Promise<void> {
    const reader = new ByteReader(payload);
    skipHeaders(reader);
    await this.#run(reader.restUcs2(), {}, writer, "batch");
  }

  async #rpc(payload: Uint8Array, writer: AnswerWriter): Promise<void> {
    const call = readRpc(payload);
    let called: Called;
    try {
      called = this.#prepared.call(call);
    } catch (error) {
      return this.#fail(error, writer, "procedure", this.#ended.signal);
    }
    if (called.statement === undefined) {
      if (called.handle !== undefined) writeHandle(writer.body, called.handle);
      return writer.end("procedure", DoneStatus.final);
    }
    const { sql, params } = called.statement;
    await this.#run(sql, params, writer, "procedure", called.handle);
  }

  async #run(
    sql: string,
    params: SqlRequest["params"],
    writer: AnswerWriter,
    kind: "batch" | "procedure",
    handle?: number,
  ): Promise<void> {
    this.#current = new AbortController();
    const { signal } = this.#current;
    const request = { sql, params, signal, session: this.session! };
    try {
      if (handle !== undefined) writeHandle(writer.body, handle);
      await writer.write(await this.#handle(request), kind, signal);
    } catch (error) {
      this.#fail(error, writer, kind, signal);
      if (isFatal(error)) await this.#hangUp(writer);
    } finally {
      this.#current = undefined;
    }
  }

  /** The options a client sets after its login are no business of a handler. */
  #handle(request: SqlRequest): ReturnType<TdsServerOptions["handler"]> {
    if (/^(\s*set \w[\w -]*\s*)+$/.test(request.sql)) return [];
    return this.#options.handler(request);
  }

  #fail(
    error: unknown,
    writer: AnswerWriter,
    kind: "batch" | "procedure",
    signal: AbortSignal,
  ): void {
    // A cancelled statement just ends; the attention has its own answer.
    if (this.#ended.signal.aborted) throw new DroppedConnection();
    if (signal.aborted) return writer.end(kind, DoneStatus.error);
    if (!(error instanceof SqlServerError)) throw error;
    this.#rollBackFor(error, writer);
    writeError(writer.body, error, writer.serverName);
    writer.end(kind, DoneStatus.error);
  }

  /** After an error with a severity of 20 or more the connection ends. */
  async #hangUp(writer: AnswerWriter): Promise<never> {
    await writer.finish();
    // As in a login; here the messages are read elsewhere.
    await new Promise((resolve) => setTimeout(resolve, FATAL_ERROR_MS));
    throw new DroppedConnection();
  }

  /** A deadlock's victim loses its transaction. */
  #rollBackFor(error: SqlServerError, writer: AnswerWriter): void {
    if (error.number !== 1205 || !this.session?.isInTransaction) return;
    this.#step("rollback", writer);
  }

  /** TRANSACTION MANAGER REQUEST (MS-TDS 2.2.6.9). */
  #transaction(payload: Uint8Array, writer: AnswerWriter): void {
    const reader = new ByteReader(payload);
    skipHeaders(reader);
    const type = reader.u16();
    const step = TRANSACTION_STEPS[type];
    if (step === undefined) throw new Error(`transaction request ${type}`);
    try {
      this.#step(step, writer);
      this.#done(writer, DoneStatus.final);
    } catch (error) {
      if (!(error instanceof SqlServerError)) throw error;
      writeError(writer.body, error, writer.serverName);
      this.#done(writer, DoneStatus.error);
    }
  }

  #step(step: TransactionStep, writer: AnswerWriter): void {
    if (step === "commit" || step === "rollback") this.#mustBeIn(step);
    this.#options.onTransaction?.(step, this.session!);
    const descriptor = new Uint8Array(8);
    if (step === "begin") this.#transactions++;
    new DataView(descriptor.buffer).setBigUint64(0, this.#transactions, true);
    this.session!.isInTransaction = step === "begin" || step === "save";
    if (step === "save") return;
    writeBytesChange(
      writer.body,
      EnvChange[step],
      step === "begin" ? descriptor : NOTHING,
      step === "begin" ? NOTHING : descriptor,
    );
  }

  #mustBeIn(step: "commit" | "rollback"): void {
    if (this.session!.isInTransaction) return;
    throw new SqlServerError({
      number: step === "commit" ? 3902 : 3903,
      message:
        `The ${step.toUpperCase()} TRANSACTION request has no corresponding BEGIN TRANSACTION.`,
    });
  }

  /** One message of its own, before there is a session. */
  async #send(body: Uint8Array): Promise<void> {
    const cutter = new PacketCutter(MessageType.answer, FIRST_PACKET_BYTES);
    await this.#channel.write(cutter.finish(body));
  }
}

function isFatal(error: unknown): boolean {
  return error instanceof SqlServerError && error.severity >= 20;
}

/** Whether it says that this server or its handler is wrong. */
function isFault(error: unknown): boolean {
  if (error instanceof DroppedConnection) return false;
  const isTransport = error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted ||
    (error as { code?: string })?.code?.startsWith("E");
  return !isTransport;
}
