import { Document, isMap, LineCounter, parseDocument } from "yaml";
import type { Environment } from "./env.ts";
import { IssueLog, type Position } from "./issue-log.ts";
import { createLocator, type Locator } from "./locator.ts";
import type { ConfigPath } from "./path.ts";
import { readPlainYaml } from "./plain-yaml/read.ts";
import { type PreparedNodes, prepareNodes } from "./prepare-nodes.ts";

/** A configuration text as plain values, with the way back to its lines. */
export interface ConfigDocument {
  /** Maps, lists and scalars; aliases, merge keys and variables resolved. */
  readonly value: Record<string, unknown>;
  /** Whether the scalar at a path came from an environment variable: it may stand for a number. */
  isExpanded(path: ConfigPath): boolean;
}

/** The outcome of reading a text: issues, and the document where it could be read. */
export interface ReadDocument {
  readonly issues: IssueLog;
  /** Null where the text is no single YAML map. */
  readonly document: ConfigDocument | null;
}

/** Parses YAML 1.2 (core schema, with merge keys) and puts environment variables in. */
export function readDocument(text: string, env: Environment): ReadDocument {
  const { parsed, lines } = parse(text);
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const nodes: PreparedNodes = { expanded: new Set(), aliases: new Map() };
  const locator = createLocator(parsed.contents, nodes.aliases, at);
  const issues = new IssueLog((path, place) => locator.locate(path, place));
  return { issues, document: convert({ parsed, at, nodes, locator, issues, env }) };
}

/** What both parsers give. */
type Parsed = Pick<Document, "contents" | "errors" | "warnings" | "toJS">;

/** Plain texts are read several times as fast, which large ones are in need of. */
function parse(text: string): { parsed: Parsed; lines: LineCounter } {
  const plainLines = new LineCounter();
  const plain = readPlainYaml(text, plainLines);
  if (plain !== null) {
    const parsed = new Document();
    parsed.contents = plain;
    return { parsed, lines: plainLines };
  }
  const lines = new LineCounter();
  const parsed = parseDocument(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    // Ours, in prepareNodes: the library's stops at the first look-alike and compares keys pairwise.
    uniqueKeys: false,
    resolveKnownTags: false,
  });
  return { parsed, lines };
}

interface Reading {
  readonly parsed: Parsed;
  readonly at: (offset: number) => Position;
  readonly nodes: PreparedNodes;
  readonly locator: Locator;
  readonly issues: IssueLog;
  readonly env: Environment;
}

function convert({ parsed, at, nodes, locator, issues, env }: Reading): ConfigDocument | null {
  const syntax = (offset: number, code: string, message: string, hint = ""): void => {
    issues.errorAt(at(offset), code, message, hint);
  };
  for (const { code, message, pos } of [...parsed.errors, ...parsed.warnings]) {
    syntax(pos[0], `yaml_${code.toLowerCase()}`, ...wording(code, message));
  }
  if (issues.failed) return null;
  if (parsed.contents === null) {
    syntax(
      0,
      "empty_file",
      "The configuration is empty",
      "Give at least listen_addr and one route.",
    );
    return null;
  }
  if (!isMap(parsed.contents)) {
    syntax(
      parsed.contents.range?.[0] ?? 0,
      "invalid_type",
      "The configuration must be a map of keys",
    );
    return null;
  }
  if (!prepareNodes(parsed.contents, nodes, { env, report: syntax })) return null;
  // The guard has bounded the expansion already; the library's own count refuses honest reuse.
  const value: unknown = parsed.toJS({ maxAliasCount: -1 });
  // A parsed YAMLMap gives a plain object.
  const root = value as Record<string, unknown>;
  return {
    value: root,
    isExpanded: (path) => nodes.expanded.has(locator.find(path)?.value ?? null),
  };
}

/** Translates the library's words where they are about itself. */
function wording(code: string, message: string): [message: string, hint?: string] {
  switch (code) {
    case "MULTIPLE_DOCS":
      return ["The file holds several YAML documents", "Keep one; remove the '---' between them."];
    case "TAG_RESOLVE_FAILED":
      return [
        message.replace("Unresolved tag:", "Custom YAML tags are not supported:"),
        "Remove the tag.",
      ];
    case "TAB_AS_INDENT":
      return ["Tabs are not allowed as indentation", "Indent with spaces."];
    default:
      return [message];
  }
}
