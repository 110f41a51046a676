import { expect, test } from "bun:test";
import { isCompressible, mediaType } from "../../../../src/core/handlers/static/media-type.ts";

test.each([
  ["index.html", "text/html; charset=utf-8"],
  ["a/b.c/INDEX.HTM", "text/html; charset=utf-8"],
  ["style.min.css", "text/css; charset=utf-8"],
  ["app.mjs", "text/javascript; charset=utf-8"],
  ["data.json", "application/json"],
  ["logo.svg", "image/svg+xml"],
  ["photo.JPEG", "image/jpeg"],
  ["font.woff2", "font/woff2"],
  ["module.wasm", "application/wasm"],
  ["app.webmanifest", "application/manifest+json"],
  ["archive.tar.gz", "application/gzip"],
  ["movie.mp4", "video/mp4"],
  ["README", "application/octet-stream"],
  ["a.b/README", "application/octet-stream"],
  [".html", "application/octet-stream"],
  ["d/.html", "application/octet-stream"],
  ["x.constructor", "application/octet-stream"],
  ["x.", "application/octet-stream"],
])("%s is %s", (name, type) => {
  expect(mediaType(name)).toBe(type);
});

test.each([
  ["a.html", true],
  ["a.svg", true],
  ["a.wasm", true],
  ["a.ttf", true],
  ["a.wav", true],
  ["unknown", true],
  ["a.png", false],
  ["a.woff2", false],
  ["a.mp4", false],
  ["a.zip", false],
  ["a.docx", false],
])("%s may be stored compressed: %p", (name, expected) => {
  expect(isCompressible(mediaType(name))).toBe(expected);
});
