/**
 * Faults that providers have, as changes to the Python template.
 *
 * @module
 */

/** One fault, and the check that has to find it. */
export interface Mutant {
  readonly check: string;
  readonly fault: string;
  /** Text of the template, and what stands there instead. */
  readonly changes: readonly (readonly [string, string])[];
  /** A check that has to run before, for one that looks back. */
  readonly with?: string;
}

const NO_PIPE_ERROR = [
  "os._exit(0)  # nobody reads any more",
  "STOP.wait(60)",
] as const;

/** A thread that writes what the source has put into a queue without a bound. */
const PUMPED = `    import queue
    global LATER
    LATER = queue.Queue()
    pump = lambda: [say(each) for each in iter(LATER.get, None)]
    threading.Thread(target=pump, daemon=True).start()
    for envelope, state in source:`;

const bothRoles: readonly Mutant[] = [
  {
    check: "start.ready",
    fault: "it says ready in words of its own",
    changes: [['{"status": "ready"', '{"ready": True']],
  },
  {
    check: "start.features",
    fault: "it agrees to what was not offered",
    changes: [[
      'start["features"] = [one for one in spec["features"] if one in offered]',
      'start["features"] = ["schema"]',
    ]],
  },
  {
    check: "start.crlf",
    fault: "a carriage return is part of the line",
    changes: [[
      "        if not isinstance(start, dict):",
      '        if first[0].endswith(b"\\r"):',
    ]],
  },
  {
    check: "start.bom",
    fault: "a byte order mark is part of the text",
    changes: [["utf-8-sig", "utf-8"]],
  },
  {
    check: "start.unknown_keys",
    fault: "a key it doesn't know is refused",
    changes: [[
      "        if not isinstance(start, dict):",
      '        if "no_such_key" in start:',
    ]],
  },
  {
    check: "start.version_1",
    fault: "it speaks version 2 always",
    changes: [[
      'isinstance(offer, dict) and offer.get("version", 1) >= 2',
      "True",
    ]],
  },
  {
    check: "start.raw",
    fault: "it answers a bare config",
    changes: [[
      "    if not is_raw:\n        say(",
      "    if True:\n        say(",
    ]],
  },
  {
    check: "spec.answer",
    fault: "protocol has another shape",
    changes: [['"protocol": {"version": 2},', '"protocol": 2,']],
  },
  {
    check: "spec.keys",
    fault: "keys have no examples",
    changes: [['"examples": [100]', '"default": 1'], [
      '"examples": ["out.jsonl"]',
      '"default": "out.jsonl"',
    ]],
  },
  {
    check: "words.version",
    fault: "the version stands alone",
    changes: [["{spec['name']} {spec['version']}", "{spec['version']}"]],
  },
  {
    check: "words.help",
    fault: "help says nothing of the keys",
    changes: [["  {k}: {p['description']}", "  {p['description']}"]],
  },
  {
    check: "words.unknown",
    fault: "any argument is fine",
    changes: [["sys.exit(0 if word in answers else 2)", "sys.exit(0)"]],
  },
  {
    check: "config.refused",
    fault: "the path names no key",
    changes: [['return f"config.{key}", f"there', 'return "config", f"there']],
  },
  {
    check: "lifecycle.report",
    fault: "every command runs",
    changes: [['if start.get("command", "run") != "run"', "if False"]],
  },
  {
    check: "log.no_stack_trace",
    fault: "a wrong start line is a stack trace",
    with: "start.nonsense",
    changes: [['sys.exit(f"cannot read the start line: {error}")', "raise"]],
  },
];

export const inputMutants: readonly Mutant[] = [
  ...bothRoles,
  {
    check: "start.nonsense",
    fault: "an unknown command is taken for run",
    changes: [['"run", "init"', 'start["command"], "run", "init"']],
  },
  {
    check: "input.envelopes",
    fault: "an envelope has no metadata",
    changes: [['"metadata": {"seq": n - 1}', '"seq": n - 1']],
  },
  {
    check: "input.end",
    fault: "it does not say that it ends",
    changes: [['control({"end": True})', "pass"]],
  },
  {
    check: "input.end",
    fault: "something comes after the end",
    changes: [[
      'control({"end": True})',
      'control({"end": True}); say({"data": 1, "metadata": {}})',
    ]],
  },
  {
    check: "input.acks",
    fault: "a record it doesn't know ends it",
    changes: [[
      'if line.startswith(b"\\x1e") and json.loads',
      'if b"no_such" in line:\n                os._exit(3)\n            if json.loads',
    ]],
  },
  {
    check: "input.resume",
    fault: "its state leaves one out",
    changes: [['{"next": n}', '{"next": n + 1}']],
  },
  {
    check: "input.resume",
    fault: "it begins anew",
    changes: [['resume["next"] if resume else 1', "1"]],
  },
  {
    check: "input.stop",
    fault: "it does not listen",
    changes: [["                STOP.set()", "                pass"]],
  },
  {
    check: "input.dead_cli",
    fault: "it outlives dstream",
    changes: [["os._exit(0 if STOP.is_set() else 1)", "STOP.wait(60)"]],
  },
  {
    check: "input.dead_cli",
    fault: "it takes the end of dstream for a stop",
    changes: [["os._exit(0 if STOP.is_set() else 1)", "STOP.set()"]],
  },
  {
    check: "input.broken_stdout",
    fault: "it goes on when nobody reads",
    changes: [NO_PIPE_ERROR],
  },
  {
    check: "input.sigterm",
    fault: "it does not hear SIGTERM",
    changes: [["lambda *_: STOP.set()", "signal.SIG_IGN"]],
  },
  {
    check: "input.memory",
    fault: "it reads on while nobody takes it",
    changes: [
      ["    for envelope, state in source:", PUMPED],
      ['control({"state": state})', "pass"],
      [
        "        say(envelope)",
        '        LATER.put({**envelope, "x": "x" * 8000 + str(state)})',
      ],
    ],
  },
];

export const outputMutants: readonly Mutant[] = [
  ...bothRoles,
  {
    check: "output.counting",
    fault: "it counts records too",
    changes: [["                continue", "                position += 1"]],
  },
  {
    check: "output.acks",
    fault: "it acknowledges at the end",
    changes: [[
      '        if "ack" in start["features"]:\n    ',
      '    if "ack" in start["features"]:\n',
    ]],
  },
  {
    check: "output.rejects",
    fault: "it passes over what is no envelope",
    changes: [['control({"reject"', 'str({"reject"']],
  },
  {
    check: "output.resume",
    fault: "a lock is left behind",
    changes: [["    file = open", '    open("lock", "x")\n    file = open']],
  },
  {
    check: "output.halves",
    fault: "a piece is taken for a line",
    changes: [["parts[0] = rest + parts[0]", "pass"]],
  },
  {
    check: "output.crlf",
    fault: "CRLF counts twice",
    changes: [[
      "            position += 1",
      '            position += 1 + line.endswith(b"\\r")',
    ]],
  },
  {
    check: "output.last_line",
    fault: "a last line without its end is dropped",
    changes: [["    if rest:", "    if False:"]],
  },
  {
    check: "output.long_line",
    fault: "a long line is refused",
    changes: [[
      'data.append(json.loads(line)["data"])',
      'data.append(json.loads(line[:65536])["data"])',
    ]],
  },
  {
    check: "output.dead_cli",
    fault: "it goes on when nobody hears it",
    changes: [NO_PIPE_ERROR],
  },
  {
    check: "output.memory",
    fault: "it keeps what is delivered",
    changes: [[
      "        deliver(data)",
      "        deliver(data)\n        KEPT.append(data)",
    ], ["STOP = ", "KEPT = []\nSTOP = "]],
  },
];
