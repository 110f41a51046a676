import { expect, test } from "bun:test";
import { matchesTranscript, readTranscripts } from "../e2e/support/transcript.ts";

test("transcripts are the commands of console blocks with what they print", () => {
  const markdown = "a\n```console\n$ one 1\nx\ny\n$ two\n```\n```sh\n$ no\n```\n";
  expect(readTranscripts(markdown)).toEqual([
    { command: "one 1", printed: "x\ny\n" },
    { command: "two", printed: "" },
  ]);
});

test.each([
  ["a\nb\n", "a\nb\n", true],
  ["a\nb\n", "a\nb", true],
  ["a\n", "a\nb\n", false],
  ["id: …\n", "id: 12\n", true],
  ["id: …\n", "id: \n", false],
  ["id: …\n", "id: 1\n2\n", false],
  ["a\n...\nd\n", "a\nb\nc\nd\n", true],
  ["a\n...\n", "a\nb\nc\n", true],
  ["a\n...\nd\n", "a\nb\nc\n", false],
  ["a.c\n", "abc\n", false],
])("transcript %j against %j matches: %p", (expected, actual, matches) => {
  expect(matchesTranscript(expected, actual)).toBe(matches);
});
