/**
 * The columns of a row. Rows with the same columns share one shape, so that what is
 * found out of columns is found once and not for each row.
 *
 * @module
 */

/** More are forgotten; then two shapes may have the same columns. */
const MAX_SHAPES = 10_000;

/** Names of columns, in the order of the row's text. */
export class Shape {
  readonly names: readonly string[];
  /** `"name":` as a text has them, where no name needs an escape. */
  readonly members: readonly string[];
  readonly #joined = new Map<Shape, Shape>();
  readonly #places = new Map<readonly string[], Int32Array | undefined>();

  /** Ask {@link shapeOf} for one. */
  constructor(names: readonly string[]) {
    this.names = names;
    this.members = names.map((name) => `${JSON.stringify(name)}:`);
  }

  /** Where the columns of a key are; `undefined` where one is absent. */
  placesOf(key: readonly string[]): Int32Array | undefined {
    if (this.#places.has(key)) return this.#places.get(key);
    const places = key.map((name) => this.names.indexOf(name));
    const found = places.length === 0 || places.includes(-1)
      ? undefined
      : Int32Array.from(places);
    if (this.#places.size < MAX_SHAPES) this.#places.set(key, found);
    return found;
  }

  /** The columns of both. */
  with(other: Shape): Shape {
    if (other === this) return this;
    let joined = this.#joined.get(other);
    if (joined === undefined) {
      joined = shapeOf([...new Set([...this.names, ...other.names])]);
      if (this.#joined.size < MAX_SHAPES) this.#joined.set(other, joined);
    }
    return joined;
  }
}

const shapes = new Map<string, Shape>();

/** The one shape with these columns. */
export function shapeOf(names: readonly string[]): Shape {
  const text = JSON.stringify(names);
  let shape = shapes.get(text);
  if (shape === undefined) {
    if (shapes.size >= MAX_SHAPES) shapes.clear();
    shapes.set(text, shape = new Shape(names));
  }
  return shape;
}
