import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { type Environment, expandEnv } from "./env.ts";
import { keyText } from "./locator.ts";

/** Values, through aliases, that a configuration may come to: far above 5,000 routes, far below a bomb. */
const MOST_VALUES = 2_000_000;

/** Reports a problem at an offset of the text. */
export type ReportAt = (offset: number, code: string, message: string, hint?: string) => void;

/** What is remembered of the nodes. */
export interface PreparedNodes {
  /** Scalars that came from an environment variable. */
  readonly expanded: Set<unknown>;
  /** What each alias stands for. */
  readonly aliases: Map<Alias, Node>;
}

/**
 * Puts variables into the scalars of a document, in place, and checks in one pass what must hold
 * before it is converted to plain values: keys are scalars and unique, aliases resolve, make no
 * circle and do not multiply. Fills `prepared` and tells whether the document can be converted.
 */
export function prepareNodes(
  contents: unknown,
  prepared: PreparedNodes,
  { env, report }: { env: Environment; report: ReportAt },
): boolean {
  const pass = new Preparation(prepared, env, report);
  if (pass.prepare(contents) > MOST_VALUES) {
    report(0, "alias_bomb", "Aliases multiply to more values than a configuration may hold");
    return false;
  }
  return !pass.broken;
}

class Preparation {
  broken = false;
  readonly #prepared: PreparedNodes;
  readonly #env: Environment;
  readonly #report: ReportAt;
  /** The latest node of each anchor, in document order: anchors may be set anew. */
  readonly #anchors = new Map<string, Node>();
  /** Values below each collection; 0 while it is being counted. */
  readonly #sizes = new Map<object, number>();

  constructor(prepared: PreparedNodes, env: Environment, report: ReportAt) {
    this.#prepared = prepared;
    this.#env = env;
    this.#report = report;
  }

  /** Prepares a node and returns how many values it comes to. */
  prepare(node: unknown): number {
    if (isAlias(node)) return this.#alias(node);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return 1;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) {
      this.#expand(node);
      return 1;
    }
    this.#sizes.set(node, 0);
    let size = 1;
    if (isMap(node)) size += this.#map(node);
    else for (const item of node.items) size += isPair(item) ? 1 : this.prepare(item);
    this.#sizes.set(node, size);
    return size;
  }

  #alias(alias: Alias): number {
    const target = this.#anchors.get(alias.source);
    const offset = alias.range?.[0] ?? 0;
    if (target === undefined) {
      const message = `Alias '*${alias.source}' has no anchor '&${alias.source}' before it`;
      this.#fail(offset, "yaml_bad_alias", message);
      return 1;
    }
    const size = this.#sizes.get(target) ?? 1;
    if (size === 0) {
      this.#fail(
        offset,
        "yaml_bad_alias",
        `Alias '*${alias.source}' stands inside of its own anchor`,
      );
    }
    this.#prepared.aliases.set(alias, target);
    return size;
  }

  #map(map: YAMLMap): number {
    let size = 0;
    const keys = new Set<string>();
    for (const pair of map.items) {
      const { key } = pair;
      if (!isScalar(key)) {
        this.#fail(map.range?.[0] ?? 0, "invalid_key", "Keys must be plain text");
        continue;
      }
      this.#expand(key);
      const offset = key.range?.[0] ?? 0;
      const name = keyText(pair);
      size += this.prepare(pair.value);
      if (keys.has(name)) {
        this.#fail(offset, "duplicate_key", `Duplicate key '${name}'`, "Keep one of the two.");
      }
      keys.add(name);
      if (name === "<<" && !this.#canMerge(pair.value)) {
        this.#fail(
          offset,
          "yaml_bad_merge",
          "'<<' merges maps only: give an alias or a list of aliases",
        );
      }
    }
    return size;
  }

  #canMerge(value: unknown): boolean {
    if (isSeq(value)) return value.items.every((item) => !isSeq(item) && this.#canMerge(item));
    if (!isAlias(value)) return isMap(value);
    const source = this.#prepared.aliases.get(value);
    // An alias that leads nowhere is reported as such.
    return source === undefined || isMap(source);
  }

  #expand(scalar: Scalar): void {
    const { value } = scalar;
    if (typeof value !== "string" || !value.includes("${")) return;
    const { text, expanded, unset, malformed } = expandEnv(value, this.#env);
    const offset = scalar.range?.[0] ?? 0;
    for (const name of unset) {
      const hint = `Set it, or give a default: \${${name}:-value}.`;
      this.#report(offset, "env_unset", `Environment variable '${name}' is not set`, hint);
    }
    for (const written of malformed) {
      const hint = `Write \${NAME} or \${NAME:-default}; for a literal '\${' write '$\${'.`;
      this.#report(offset, "env_malformed", `Malformed variable '${written}'`, hint);
    }
    scalar.value = text;
    if (expanded) this.#prepared.expanded.add(scalar);
  }

  #fail(offset: number, code: string, message: string, hint?: string): void {
    this.broken = true;
    this.#report(offset, code, message, hint);
  }
}
