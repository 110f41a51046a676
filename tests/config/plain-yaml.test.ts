import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
  Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  stringify,
} from "yaml";
import { readPlainYaml } from "../../src/config/plain-yaml/read.ts";

/** What must not differ between the two readers: values, and where each node begins. */
interface Reading {
  readonly value: unknown;
  readonly places: readonly string[];
}

function readPlain(text: string): Reading | null {
  const lines = new LineCounter();
  const contents = readPlainYaml(text, lines);
  if (contents === null) return null;
  const document = new Document();
  document.contents = contents;
  return { value: document.toJS(), places: placesOf(contents, lines) };
}

function readFully(text: string): Reading {
  const lines = new LineCounter();
  const options = { merge: true, prettyErrors: false, uniqueKeys: false, lineCounter: lines };
  const parsed = parseDocument(text, options);
  expect([...parsed.errors, ...parsed.warnings]).toEqual([]);
  return { value: parsed.toJS(), places: placesOf(parsed.contents, lines) };
}

function placesOf(node: unknown, lines: LineCounter): string[] {
  if (isScalar(node) || isMap(node) || isSeq(node)) {
    const { line, col } = lines.linePos(node.range?.[0] ?? -1);
    const below = isScalar(node)
      ? []
      : node.items.flatMap((item) =>
          isPair(item)
            ? [...placesOf(item.key, lines), ...placesOf(item.value, lines)]
            : placesOf(item, lines),
        );
    return [`${line}:${col}`, ...below];
  }
  return [String(node)];
}

/** Tells whether the text was plain; where it was, both readers must agree. */
function agrees(text: string): boolean {
  const plain = readPlain(text);
  if (plain !== null) expect(plain).toEqual(readFully(text));
  return plain !== null;
}

const word = fc.constantFrom(
  ..."a route /api api.example.com 10s 127.0.0.1:3000 http://up:80/x?y=1#z true false null 5 0 05 1.5 1e3 0x1f".split(
    " ",
  ),
  ...'-1 .5 .inf ~ <<  a#b a:b x,y {client_ip} *.example.com/ - -a ? & ! it\'s "q" yes off [::1]:80 5,3'.split(
    " ",
  ),
  "two words",
  "a # b",
  "a: b",
  " lead",
  "trail ",
  "line\nbreak",
  "tab\t",
  "ünï",
  "",
);
const key = fc.constantFrom(
  "a",
  "b_c",
  "/",
  "/api",
  "api.example.com/",
  "*.x/",
  "true",
  "5",
  "x y",
  "<<",
  "d-e",
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    word,
    fc.integer(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  ),
}));
const document = fc.dictionary(key, value, { minKeys: 1, maxKeys: 4 });
const edit = fc.record({
  at: fc.nat(),
  remove: fc.nat(2),
  insert: fc.constantFrom(
    "",
    "",
    ..." :-#,[]{}\"'&*!|>%@?.az09_/\\~\n".split(""),
    "\n  ",
    ": ",
    " #",
    "- ",
  ),
});

describe("readPlainYaml", () => {
  test("agrees with the full parser on written documents", () => {
    let plain = 0;
    fc.assert(
      fc.property(document, fc.boolean(), fc.boolean(), (content, flow, indented) => {
        const options = { collectionStyle: flow ? "flow" : "any", indentSeq: indented } as const;
        if (agrees(stringify(content, { ...options, lineWidth: 0 }))) plain++;
      }),
      { numRuns: 600 },
    );
    expect(plain).toBeGreaterThan(30);
  });

  test("agrees with the full parser on texts with slips in them", () => {
    const folder = join(import.meta.dir, "../golden/config");
    const texts = readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .filter((text) => readPlain(text) !== null);
    expect(texts.length).toBeGreaterThan(20);
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(edit, { maxLength: 3 }), (text, edits) => {
        let edited = text;
        for (const { at, remove, insert } of edits) {
          const from = at % (edited.length + 1);
          edited = edited.slice(0, from) + insert + edited.slice(from + remove);
        }
        agrees(edited);
      }),
      { numRuns: 600 },
    );
  });

  test.each([
    ["block maps and lists", "a: b\nc:\n  - d\n  - e: 1\n    f: true\n"],
    ["flow collections", "a: {b: [c, {d: e}], f: []}\n"],
    ["comments and blank lines", "# x\na: b # y\n\n  # z\nc: 'd' # e"],
    ["quotes without escapes", "\"a b\": 'c d'\n'*.x/': \"{e}\"\n"],
    ["addresses and URLs", "a: 127.0.0.1:80\nb: http://u:80/x?y=z#w\n"],
  ])("reads %s itself", (_name, text) => {
    expect(agrees(text)).toBe(true);
  });

  test.each([
    ["anchors", "a: &b c\nd: *b\n"],
    ["tags", "a: !!str 5\n"],
    ["escapes", 'a: "b\\n"\n'],
    ["text over several lines", "a: b\n  c\n"],
    ["block text", "a: |\n  b\n"],
    ["lists without an indent", "a:\n- b\n- c\nd: e\n"],
    ["empty values", "a:\nb: c\n"],
    ["merge keys", '"<<": {a: b}\n'],
    ["documents", "---\na: b\n"],
    ["tabs", "a:\tb\n"],
    ["line ends of Windows", "a: b\r\n"],
    ["numbers in other forms", "a: 1.5\n"],
    ["keys that are no text", "true: 1\n"],
    ["no map at all", "- a\n"],
    ["nothing", "\n"],
    ["faults", "a: [b\n"],
  ])("leaves %s to the full parser", (_name, text) => {
    expect(readPlain(text)).toBeNull();
  });
});
