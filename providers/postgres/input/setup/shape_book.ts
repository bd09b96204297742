/**
 * Relation messages → how rows are written, and the schema that goes before them.
 *
 * @module
 */

import { isSameShape, type Relation } from "../decode/relation.ts";
import { RowShape, type ShapeColumn } from "../decode/row_shape.ts";
import type { TableDetails } from "./catalog.ts";
import type { TableChoice } from "./choose_tables.ts";

/** What is known of a relation of the stream. */
export interface KnownRelation {
  readonly relation: Relation;
  /** Absent: a table that is not wanted. */
  readonly shape: RowShape | undefined;
  /** The name belonged to another table before. */
  readonly isReplaced: boolean;
}

/** One per stream. */
export class ShapeBook {
  readonly #byOid = new Map<number, KnownRelation>();
  readonly #oids: Map<string, number>;

  /**
   * @param details Asks the catalog; gone tables have no columns there.
   * @param oids Of tables that were read before, by name.
   */
  constructor(
    private readonly choice: TableChoice,
    private readonly metadata: Readonly<Record<string, string>>,
    private readonly details: (
      oid: number,
      typeOids: readonly number[],
    ) => Promise<TableDetails>,
    oids: ReadonlyMap<string, number> = new Map(),
  ) {
    this.#oids = new Map(oids);
  }

  /** What a relation of the stream is known as. */
  get(oid: number): KnownRelation | undefined {
    return this.#byOid.get(oid);
  }

  /** The server sends a relation again after unrelated changes, too. */
  isKnown(relation: Relation): boolean {
    const known = this.#byOid.get(relation.oid);
    return known !== undefined && isSameShape(known.relation, relation) &&
      sameOrder(known.relation, relation);
  }

  /** Learns a relation's shape. */
  async learn(relation: Relation): Promise<KnownRelation> {
    const isWanted = this.choice.isWanted(relation.name);
    const shape = isWanted ? await this.#shapeOf(relation) : undefined;
    const name = shape?.table ?? "";
    const former = this.#oids.get(name);
    const isReplaced = shape !== undefined && former !== undefined &&
      former !== relation.oid;
    if (shape !== undefined) this.#oids.set(name, relation.oid);
    const known = { relation, shape, isReplaced };
    this.#byOid.set(relation.oid, known);
    return known;
  }

  async #shapeOf(relation: Relation): Promise<RowShape> {
    const typeOids = relation.columns.map(({ typeOid }) => typeOid);
    const now = await this.details(relation.oid, typeOids);
    const columns = relation.columns.map((column): ShapeColumn => {
      const found = now.columns.find(({ name }) => name === column.name);
      const isSame = found?.typeOid === column.typeOid &&
        found?.modifier === column.modifier;
      return {
        name: column.name,
        typeOid: column.typeOid,
        modifier: column.modifier,
        isIdentity: column.isKey,
        isNullable: found?.isNullable ?? !column.isKey,
        native: isSame ? found?.native : undefined,
      };
    });
    return new RowShape(
      relation.name,
      columns,
      keyOf(relation, now.key),
      now.types,
      this.choice.columnsOf(relation.name),
      this.metadata,
    );
  }
}

/** With FULL every column is marked as the key; the catalog knows the real one. */
function keyOf(
  { identity, columns }: Relation,
  catalogKey: readonly string[],
): readonly string[] {
  const marked = columns.filter(({ isKey }) => isKey).map(({ name }) => name);
  if (identity === "full" || identity === "nothing") {
    const isThere = (name: string) => columns.some((c) => c.name === name);
    return catalogKey.every(isThere) ? catalogKey : [];
  }
  const isCatalogs = catalogKey.length === marked.length &&
    catalogKey.every((name) => marked.includes(name));
  return isCatalogs ? catalogKey : marked;
}

/** Rows are read by the place of their columns. */
function sameOrder(a: Relation, b: Relation): boolean {
  return a.columns.every(({ name }, i) => name === b.columns[i]?.name);
}
