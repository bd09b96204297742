/**
 * Writes some fields of a line anew and leaves the rest as it stands.
 *
 * Which fields is known when the task is compiled, their new values come with
 * each line. Of an object that is touched the members keep their text and their
 * order; new ones go to its end. All other bytes are copied.
 *
 * @module
 */

import { Members, skipBlanks } from "./json_scan.ts";
import type { Line } from "./line.ts";
import { type FieldPath, formatPath } from "./path.ts";
import { LineProblem } from "./verdict.ts";

/** New JSON texts by slot; nothing: that field stays as it is. */
export type NewTexts = readonly (string | undefined)[];

/** What is to become of one field and those below it. */
class EditNode {
  readonly quoted: string;
  readonly children: EditNode[] = [];
  isRemoved = false;
  slot: number | undefined;

  constructor(readonly path: FieldPath) {
    this.quoted = JSON.stringify(path.at(-1));
  }

  /** The node below with that name, made if there is none. */
  child(name: string): EditNode {
    const quoted = JSON.stringify(name);
    let found = this.children.find((child) => child.quoted === quoted);
    if (found === undefined) {
      found = new EditNode([...this.path, name]);
      this.children.push(found);
    }
    return found;
  }
}

/** The edits of one `map` block. */
export class Edits {
  readonly #root = new EditNode([]);
  /** By the names that `data` and `metadata` have in a line. */
  readonly #nodesByKeys = new Map<string, readonly EditNode[]>();

  remove(path: FieldPath): void {
    this.#node(path).isRemoved = true;
  }

  /** The field becomes what the line has in that slot. */
  set(path: FieldPath, slot: number): void {
    this.#node(path).slot = slot;
  }

  /**
   * @throws {LineProblem} When something on the way to a new field is no object.
   */
  apply(line: Line, texts: NewTexts): void {
    const { text, dataKey, metadataKey } = line;
    const start = skipBlanks(text, line.start);
    const end = text.lastIndexOf("}", line.end - 1) + 1;
    const nodes = this.#nodes(dataKey, metadataKey);
    const written = new ObjectWriter(text, texts).rewrite(start, nodes);
    if (written === undefined) return;
    if (written instanceof Blocked) throw noObject(written);
    const before = text.slice(line.start, start);
    line.change(before + written + text.slice(end, line.end));
  }

  #node(path: FieldPath): EditNode {
    return path.reduce((node, name) => node.child(name), this.#root);
  }

  #nodes(dataKey: string, metadataKey: string): readonly EditNode[] {
    const keys = `${dataKey} ${metadataKey}`;
    const known = this.#nodesByKeys.get(keys);
    if (known !== undefined) return known;
    const names: Record<string, string> = {
      data: dataKey,
      metadata: metadataKey,
    };
    const nodes = this.#root.children.map((node) =>
      Object.assign(new EditNode([names[node.path[0]]]), {
        path: node.path,
        children: node.children,
        slot: node.slot,
      })
    );
    this.#nodesByKeys.set(keys, nodes);
    return nodes;
  }
}

class ObjectWriter {
  constructor(readonly text: string, readonly texts: NewTexts) {}

  /** @returns The object's new text, or nothing when it stays as it is. */
  rewrite(
    start: number,
    nodes: readonly EditNode[],
  ): string | Blocked | undefined {
    const { text } = this;
    const run = new KeptRun(text);
    const seen = new Set<EditNode>();
    let isChanged = false;
    const blocked = new Map<EditNode, Blocked>();
    const members = new Members(text, start);
    while (members.next()) {
      const node = nodes.find((node) => members.isNamed(node.quoted));
      if (node === undefined) {
        run.keep(members.keyStart, members.valueEnd);
        continue;
      }
      seen.add(node);
      const edited = this.#edit(members.valueStart, node);
      // Of several fields with one name the last one decides.
      if (edited instanceof Blocked) blocked.set(node, edited);
      else blocked.delete(node);
      if (edited === undefined || edited instanceof Blocked) {
        run.keep(members.keyStart, members.valueEnd);
        continue;
      }
      if (edited === REMOVED) run.cut();
      else run.replace(members, edited);
      isChanged = true;
    }
    for (const reason of blocked.values()) return reason;
    for (const node of nodes) {
      const created = seen.has(node) ? undefined : this.#create(node);
      if (created === undefined) continue;
      run.add(`${node.quoted}:${created}`);
      isChanged = true;
    }
    return isChanged ? `{${run.end()}}` : undefined;
  }

  /** What becomes of a value that is there; nothing: it stays. */
  #edit(
    valueStart: number,
    node: EditNode,
  ): string | typeof REMOVED | Blocked | undefined {
    const { slot, isRemoved, children } = node;
    const written = slot === undefined ? undefined : this.texts[slot];
    if (written !== undefined) return written;
    if (isRemoved) return this.#createBelow(node) ?? REMOVED;
    if (children.length === 0) return undefined;
    if (this.text[valueStart] === "{") {
      return this.rewrite(valueStart, children);
    }
    return this.#createBelow(node) === undefined
      ? undefined
      : new Blocked(node);
  }

  #create(node: EditNode): string | undefined {
    const written = node.slot === undefined ? undefined : this.texts[node.slot];
    return written ?? this.#createBelow(node);
  }

  #createBelow({ children }: EditNode): string | undefined {
    const members = children.flatMap((child) => {
      const created = this.#create(child);
      return created === undefined ? [] : [`${child.quoted}:${created}`];
    });
    return members.length === 0 ? undefined : `{${members.join(",")}}`;
  }
}

const REMOVED = Symbol("removed");

/** Something is to be set in it, and it is no object. */
class Blocked {
  constructor(readonly node: EditNode) {}
}

/** Members one after another; those that stay together are copied together. */
class KeptRun {
  #out = "";
  #from = -1;
  #to = -1;
  /** Whether what comes next belongs to the member written last. */
  #isOpen = false;

  constructor(readonly text: string) {}

  keep(start: number, end: number): void {
    if (this.#from < 0) this.#from = start;
    this.#to = end;
  }

  cut(): void {
    if (this.#from < 0) return;
    const separator = this.#isOpen || this.#out === "" ? "" : ",";
    this.#out += separator + this.text.slice(this.#from, this.#to);
    this.#from = -1;
    this.#isOpen = false;
  }

  replace(
    { keyStart, valueStart, valueEnd }: Members,
    text: string,
  ): void {
    this.keep(keyStart, valueStart);
    this.cut();
    this.#out += text;
    this.#from = this.#to = valueEnd;
    this.#isOpen = true;
  }

  add(member: string): void {
    this.cut();
    this.#out += this.#out === "" ? member : `,${member}`;
  }

  end(): string {
    this.cut();
    return this.#out;
  }
}

function noObject({ node }: Blocked): LineProblem {
  const name = formatPath(node.path);
  return new LineProblem(`${name} is no object, so nothing can be set in it`);
}
