import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";
import type { IssuePlace, Position } from "./issue-log.ts";
import type { ConfigPath } from "./path.ts";

/** An entry of the document: its key (null in lists and at the top) and its value, aliases followed. */
export interface Entry {
  readonly key: Node | null;
  readonly value: Node | null;
}

/** Finds entries by path, through aliases and merge keys. */
export interface Locator {
  /** The entry at a path; null where there is none. */
  find(path: ConfigPath): Entry | null;
  /** The position of the entry, or of the nearest one above it that exists. */
  locate(path: ConfigPath, place: IssuePlace): Position;
}

/** Builds a locator; maps are indexed when first asked, so that many issues in a large file stay cheap. */
export function createLocator(
  contents: Node | null,
  aliases: ReadonlyMap<Alias, Node>,
  at: (offset: number) => Position,
): Locator {
  const indexes = new WeakMap<YAMLMap, Map<string, Pair>>();
  const follow = (node: unknown): Node | null => {
    if (isAlias(node)) return aliases.get(node) ?? null;
    return isScalar(node) || isMap(node) || isSeq(node) ? node : null;
  };
  const indexOf = (map: YAMLMap): Map<string, Pair> => {
    const known = indexes.get(map);
    if (known !== undefined) return known;
    const index = new Map<string, Pair>();
    // Set first: a map that merges itself then finds an index, not an endless recursion.
    indexes.set(map, index);
    const merged: unknown[] = [];
    for (const pair of map.items) {
      const key = keyText(pair);
      if (key === "<<") merged.push(pair.value);
      else index.set(key, pair);
    }
    for (const source of merged) addMerged(index, follow(source));
    return index;
  };
  const addMerged = (index: Map<string, Pair>, source: Node | null): void => {
    if (isSeq(source)) for (const item of source.items) addMerged(index, follow(item));
    if (!isMap(source)) return;
    for (const [key, pair] of indexOf(source)) if (!index.has(key)) index.set(key, pair);
  };
  const step = (node: Node | null, key: string | number): Entry | null => {
    if (isMap(node)) {
      const pair = indexOf(node).get(String(key));
      return pair === undefined ? null : { key: follow(pair.key), value: follow(pair.value) };
    }
    if (!isSeq(node) || typeof key !== "number" || key >= node.items.length) return null;
    const item = node.items[key];
    return { key: null, value: isPair(item) ? null : follow(item) };
  };
  const walk = (path: ConfigPath): { entry: Entry; whole: boolean } => {
    let entry: Entry = { key: null, value: contents };
    for (const key of path) {
      const next = step(entry.value, key);
      if (next === null) return { entry, whole: false };
      entry = next;
    }
    return { entry, whole: true };
  };
  return {
    find(path) {
      const { entry, whole } = walk(path);
      return whole ? entry : null;
    },
    locate(path, place) {
      const { entry, whole } = walk(path);
      // A key that is missing is shown at the key of the block that lacks it.
      const first = whole && place === "value" ? entry.value : entry.key;
      const offset = (first ?? entry.key ?? entry.value)?.range?.[0];
      return offset === undefined ? { line: 0, column: 0 } : at(offset);
    },
  };
}

/** The text that a map key has once converted to plain values. */
export function keyText(pair: Pair): string {
  const { key } = pair;
  if (!isScalar(key)) return String(key);
  // A merge key is a symbol once it is parsed.
  return typeof key.value === "symbol" ? (key.value.description ?? "") : String(key.value ?? "");
}
