/**
 * `discover`, `sync`, `tap` and `target`: tasks made on the fly.
 *
 * Each is a task as any other, with its window, its acknowledgements and its
 * restarts; what it remembers goes into the file that the user names.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import { openProject, type Project } from "../../core/project/mod.ts";
import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import type { Context } from "../context.ts";
import { ExitCode, exitCodeOfOutcome } from "../exit_code.ts";
import { stopOnSignals } from "../terminal/signals.ts";
import { openView } from "../views/mod.ts";
import { listenerOf } from "../views/run_listener.ts";
import type { Block, TapPlan } from "./plans.ts";
import { TAP_TYPES, tapPlan } from "./taps.ts";
import { singerBlock, TARGET_TYPES, targetBlock } from "./targets.ts";
import { CatalogFile } from "./catalog_file.ts";
import { type Connector, readConnector } from "./connector.ts";
import { requireJsonFile } from "./json_file.ts";
import { lendStdin } from "./lend_stdin.ts";
import { StateFile } from "./state_file.ts";
import { TASK, taskText } from "./task_text.ts";

/** What `sync` and `tap` are told of a tap. */
export interface TapFlags {
  readonly config: string;
  readonly catalog?: string | undefined;
  readonly state?: string | undefined;
}

/** `dstreams sync`. @returns The exit status. */
export async function sync(
  flags: TapFlags & { readonly targetConfig: string },
  context: Context,
): Promise<number> {
  const { deps } = context;
  const target = await readTarget(flags.targetConfig, context);
  if (flags.state === undefined) {
    context.say("no --state: nothing is remembered, and all is read again");
  }
  await using prepared = await prepareTap(flags, context);
  const { plan, state } = prepared;
  using _lock = await state?.lock();
  const output = targetBlock({
    target,
    stream: plan.stream,
    cwd: deps.cwd,
    self: deps.self,
  });
  const project = await prepared.open(output, true);
  const code = await run(project, undefined, context);
  const newest = await prepared.newestState(project);
  if (state !== undefined && newest !== undefined) {
    plan.remember(newest, state, nowText(context));
    await state.save();
  }
  return code;
}

/** `dstreams tap`: Singer messages. @returns The exit status. */
export async function tap(
  flags: TapFlags & { readonly output?: string | undefined },
  context: Context,
): Promise<number> {
  await using prepared = await prepareTap(flags, context);
  const { plan } = prepared;
  const output = singerBlock(plan.stream, { target: "-", validate: false });
  const project = await prepared.open(output, true);
  await using sink = await openSink(flags.output, context);
  const code = await run(project, sink.write, context);
  const newest = await prepared.newestState(project);
  if (newest === undefined || code !== ExitCode.ok) return code;
  const file = await StateFile.open(NO_FILE, prepared.folder);
  if (prepared.state !== undefined) {
    file.replace(structuredClone(prepared.state.value));
  }
  plan.remember(newest, file, nowText(context));
  await sink.write(line({ type: "STATE", value: file.value }));
  return code;
}

/** `dstreams target`: messages from a file or stdin. @returns The exit status. */
export async function target(
  flags: {
    readonly config: string;
    readonly input?: string | undefined;
    readonly state?: string | undefined;
  },
  context: Context,
): Promise<number> {
  const { deps } = context;
  const connector = await readTarget(flags.config, context);
  await using places = await Places.create();
  const name = flags.input ?? "stdin";
  using stdin = flags.input === undefined ? lendStdin(context) : undefined;
  if (flags.input !== undefined) await requireFile(flags.input, deps.cwd);
  const feed: JsonObject = stdin === undefined
    ? { file: resolve(deps.cwd, flags.input!), name }
    : { port: stdin.port, token: stdin.token, name };
  const input: Block = {
    provider: "singer",
    config: { tap: [...deps.self, "singer", "feed"], tap_config: feed },
  };
  const output = targetBlock({
    target: connector,
    stream: undefined,
    cwd: deps.cwd,
    self: deps.self,
  });
  // What was read from a pipe can't be read again.
  const project = await places.open(input, output, false, context);
  const state = flags.state === undefined
    ? undefined
    : await StateFile.open(flags.state, deps.cwd);
  using _lock = await state?.lock();
  const code = await run(project, undefined, context);
  const newest = await newestState(project);
  if (newest === undefined) return code;
  if (state === undefined) await context.print(JSON.stringify(newest));
  else {
    state.replace(newest as JsonObject);
    await state.save();
  }
  return code;
}

const NO_FILE = "none.json";

function readTarget(path: string, { deps }: Context): Promise<Connector> {
  return readConnector(path, "the target config", TARGET_TYPES, deps);
}

/** A tap's side of a task. */
interface PreparedTap extends AsyncDisposable {
  readonly plan: TapPlan;
  readonly state: StateFile | undefined;
  readonly folder: string;
  open(output: Block, restarts: boolean): Promise<Project>;
  newestState(project: Project): Promise<Json | undefined>;
}

async function prepareTap(
  flags: TapFlags,
  context: Context,
): Promise<PreparedTap> {
  const { cwd } = context.deps;
  const connector = await readConnector(
    flags.config,
    "the tap config",
    TAP_TYPES,
    context.deps,
  );
  const catalog = flags.catalog === undefined ? undefined : {
    path: flags.catalog,
    file: new CatalogFile(
      await requireJsonFile(flags.catalog, "the catalog", cwd),
    ),
  };
  const state = flags.state === undefined
    ? undefined
    : await StateFile.open(flags.state, cwd);
  const plan = tapPlan({ tap: connector, catalog, state, cwd });
  const places = await Places.create();
  return {
    plan,
    state,
    folder: places.folder,
    open: async (output, restarts) => {
      const project = await places.open(plan, output, restarts, context);
      if (plan.resume !== undefined) {
        await project.states.store(TASK, plan.resume);
      }
      return project;
    },
    newestState,
    [Symbol.asyncDispose]: () => places[Symbol.asyncDispose](),
  };
}

/** Where a task keeps what no later run needs. */
class Places implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async create(): Promise<Places> {
    return new Places(await Deno.makeTempDir({ prefix: "dstreams-" }));
  }

  async open(
    input: Block,
    output: Block,
    restarts: boolean,
    context: Context,
  ): Promise<Project> {
    const { folder } = this;
    const project = await openProject({
      path: TASK,
      text: taskText(input, output, {
        statePath: join(folder, "state.json"),
        spoolPath: join(folder, "spool"),
      }, restarts),
      get logLevel() {
        return context.log().level;
      },
    }, context.deps);
    void project.configuration;
    return project;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true }).catch(() => {});
  }
}

async function newestState(project: Project): Promise<Json | undefined> {
  const states = await project.states.load(TASK);
  return Object.values(states)[0]?.state;
}

/** @param write Instead of the user's stdout. */
async function run(
  project: Project,
  write: ((bytes: Uint8Array) => Promise<void>) | undefined,
  context: Context,
): Promise<number> {
  const prepared = await project.prepare([TASK]);
  using ends = new DisposableStack();
  const { stop } = ends.use(stopOnSignals(context));
  const view = ends.use(openView(context, false));
  const outcomes = await project.runPrepared(prepared, {
    onEvent: listenerOf(view, false),
    userOutput: (isAlone) =>
      write === undefined
        ? context.screen.userOutput(isAlone)
        : new WritableStream({ write }),
    isTerminal: false,
    stop,
  });
  const [outcome] = outcomes.values();
  const code = exitCodeOfOutcome(outcome);
  // 2 is for wrong usage alone.
  return code === ExitCode.usage ? ExitCode.failed : code;
}

/** Runs a tap's block and hears the messages it would write. */
export async function messagesOf(
  input: Block,
  stream: string | undefined,
  context: Context,
): Promise<{ code: number; messages: readonly JsonObject[] }> {
  await using places = await Places.create();
  const output = singerBlock(stream, { target: "-", validate: false });
  const project = await places.open(input, output, false, context);
  const parts: Uint8Array[] = [];
  const code = await run(project, (bytes) => {
    parts.push(bytes.slice());
    return Promise.resolve();
  }, context);
  const text = await new Blob(parts as BlobPart[]).text();
  const messages = text.split("\n").filter(Boolean)
    .map((each) => JSON.parse(each));
  return { code, messages };
}

/** `-o FILE`, or the user's stdout. */
async function openSink(path: string | undefined, context: Context) {
  if (path === undefined) {
    return {
      write: (bytes: Uint8Array) => context.deps.stdout.write(bytes),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const file = await openOutput(path, context.deps.cwd);
  return {
    write: async (bytes: Uint8Array) => {
      for (let sent = 0; sent < bytes.length;) {
        sent += await file.write(bytes.subarray(sent));
      }
    },
    [Symbol.asyncDispose]: async () => {
      await file.sync();
      file.close();
    },
  };
}

async function openOutput(path: string, cwd: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(resolve(cwd, path), {
      write: true,
      create: true,
      truncate: true,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DstreamError(
      "singer.file_unwritable",
      `cannot write "${path}": ${why}`,
      { cause },
    );
  }
}

async function requireFile(path: string, cwd: string): Promise<void> {
  const isFile = await Deno.stat(resolve(cwd, path))
    .then((info) => info.isFile, () => false);
  if (isFile) return;
  throw new DstreamError(
    "singer.file_unreadable",
    `there is no file "${path}"`,
  );
}

function nowText({ deps: { clock } }: Context): string {
  return new Date(clock.wallMs()).toISOString();
}

function line(message: JsonObject): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}
