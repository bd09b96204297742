"""What a provider says to dstream: version 2 of the protocol, for both roles.

Needs Python 3.8 and nothing else. Made to be copied: change provider.py.
"""
import itertools, json, os, signal, sys, threading

STOP = threading.Event()  # set when the source should end


def main(spec, run):
    """run(config, resume) of an input yields (envelope, state). Of an output it is
    run(config), and gives a function that makes a list of data durable."""
    answer_words(spec, sys.argv[1:])
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: STOP.set())
    try:
        start, lines = read_start(spec)
        if spec["role"] == "input":
            send(start, run(start["config"], start.get("resume")))
        else:
            take(start, lines, run(start["config"]))
    except BrokenPipeError:
        os._exit(0)  # nobody reads any more
    except OSError as error:
        sys.exit(f"{spec['name']}: {error}")


def answer_words(spec, words):
    keys = spec["config"]["properties"].items()
    answers = {
        "spec": json.dumps(spec, indent=2),
        "--version": f"{spec['name']} {spec['version']}",
        "--help": "\n".join([spec["description"], *(f"  {k}: {p['description']}" for k, p in keys)]),
    }
    for word in words:
        if word not in answers:
            print(f"there is no argument {word}", file=sys.stderr)
        else:
            print(answers[word])
        sys.exit(0 if word in answers else 2)


def read_start(spec):
    """The start line, answered; and the lines behind it, in lists."""
    lines = batches()
    first = next(lines, [b""])
    try:
        start = json.loads(first[0].decode("utf-8-sig"))
        if not isinstance(start, dict):
            raise ValueError("it is no object")
    except ValueError as error:
        sys.exit(f"cannot read the start line: {error}")
    is_raw = "command" not in start
    if is_raw:
        start = {"config": start}
    offer = start.get("protocol") or {}
    is_2 = not is_raw and isinstance(offer, dict) and offer.get("version", 1) >= 2
    offered = offer.get("features", []) if is_2 else []
    start["features"] = [one for one in spec["features"] if one in offered]
    problem = wrong_start(start, spec, is_raw)
    if problem:
        path, message = problem
        if is_raw:
            sys.exit(f"{path}: {message}")
        say({"status": "error", "message": message, "path": path})
        sys.exit(1)
    agreed = {"protocol": {"version": 2, "features": start["features"]}} if is_2 else {}
    if not is_raw:
        say({"status": "ready", **agreed})
    if start.get("command", "run") != "run":
        say({"message": "there is nothing to set up"})
        sys.exit(0)
    return {**start, "is_2": is_2}, itertools.chain([first[1:]], lines)


def wrong_start(start, spec, is_raw):
    """(path, message) of the first mistake."""
    if not is_raw and start["command"] not in ("run", "init", "plan", "status", "destroy"):
        return "command", f"there is no command {start['command']}"
    config, schema = start.get("config"), spec["config"]
    if not isinstance(config, dict):
        return "config", "config must be an object"
    kinds = {"integer": int, "string": str}
    for key, value in config.items():
        known = schema["properties"].get(key)
        if known is None:
            return f"config.{key}", f"there is no key {key}"
        if not isinstance(value, kinds[known["type"]]) or isinstance(value, bool):
            return f"config.{key}", f"{key} must be of type {known['type']}"
        if value < known.get("minimum", value) or value > known.get("maximum", value):
            return f"config.{key}", f"{key} is out of its bounds"
    for key in schema.get("required", []):
        if key not in config:
            return f"config.{key}", f"{key} is required"


def send(start, source):
    """Of an input."""
    if start["is_2"]:
        threading.Thread(target=listen, daemon=True).start()
    for envelope, state in source:
        say(envelope)
        if "state" in start["features"]:
            control({"state": state})
        if STOP.is_set():
            break
    STOP.set()  # who leaves from here on, leaves a whole stream
    if start["is_2"]:
        control({"end": True})


def listen():
    """To what dstream says to an input, while that writes."""
    for lines in batches():
        for line in lines:
            if line.startswith(b"\x1e") and json.loads(line[1:]).get("stop"):
                STOP.set()
    os._exit(0 if STOP.is_set() else 1)  # dstream is gone


def take(start, batches, deliver):
    """Of an output: what arrives together is delivered together."""
    position = 0
    for lines in batches:
        data = []
        for line in lines:
            if line.startswith(b"\x1e"):
                continue
            position += 1
            try:
                data.append(json.loads(line)["data"])
            except (ValueError, KeyError, TypeError):
                if not start["is_2"]:
                    sys.exit(f"line {position} is no envelope")
                control({"reject": {"seq": position, "reason": "it is no envelope", "code": "invalid"}})
        deliver(data)
        if "ack" in start["features"]:
            control({"ack": position})


def batches():
    """Whole lines of stdin, as many as come at once, in lists."""
    rest = b""
    while chunk := os.read(0, 1 << 20):
        parts = chunk.split(b"\n")
        parts[0] = rest + parts[0]
        *lines, rest = parts
        if lines:
            yield lines
    if rest:
        yield [rest]


def control(record):
    say(record, "\x1e")


def say(value, mark=""):
    sys.stdout.write(f"{mark}{json.dumps(value)}\n")
    sys.stdout.flush()
