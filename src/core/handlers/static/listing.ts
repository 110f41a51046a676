import type { ExchangeResponse } from "../../../ports/exchange.ts";
import type { FileFacts, FileTree } from "../../../ports/file-system.ts";
import { formatHttpDate } from "../../../utils/http-date.ts";
import { isHidden } from "./file-name.ts";

/** One line of a listing. */
interface Entry {
  /** Ends in `/` for a directory. */
  readonly name: string;
  readonly facts: FileFacts;
}

/** What a listing shows. */
export interface ListingRequest {
  /** Directory below the root, decoded, without a trailing slash; empty for the root. */
  readonly name: string;
  /** What visitors know the root as: the route's prefix. */
  readonly prefix: string;
  readonly dotfiles: boolean;
}

/** Longer directories are cut: each line costs system calls. */
const MAX_ENTRIES = 1000;

const textEncoder = new TextEncoder();

/** Lists a directory as a small HTML page that loads nothing else; null where it is none. */
export function listingResponse(files: FileTree, request: ListingRequest): ExchangeResponse | null {
  const names = files.list(request.name, MAX_ENTRIES + 1);
  if (names === null) return null;
  const entries = names.slice(0, MAX_ENTRIES).flatMap((name) => entryOf(files, request, name));
  entries.sort((a, b) => Number(isDirectory(b)) - Number(isDirectory(a)));
  const page = pageOf(request, entries, names.length > MAX_ENTRIES);
  return {
    status: 200,
    headers: [
      "content-type",
      "text/html; charset=utf-8",
      // **Security:** file names are other people's text; no script runs here, escaped or not.
      "content-security-policy",
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
      "x-content-type-options",
      "nosniff",
    ],
    body: textEncoder.encode(page),
  };
}

function entryOf(files: FileTree, { name: directory, dotfiles }: ListingRequest, name: string) {
  const plain = name.endsWith("/") ? name.slice(0, -1) : name;
  if (isHidden(plain, directory === "", dotfiles)) return [];
  const facts = files.facts(directory === "" ? plain : `${directory}/${plain}`);
  return facts === null ? [] : [{ name, facts }];
}

function isDirectory({ facts }: Entry): boolean {
  return facts.kind === "directory";
}

function pageOf(request: ListingRequest, entries: readonly Entry[], cut: boolean): string {
  const base = request.prefix === "/" ? "" : request.prefix;
  const shown = escapeHtml(request.name === "" ? `${base}/` : `${base}/${request.name}/`);
  const parent = request.name === "" ? "" : '<tr><td><a href="../">../</a></td></tr>\n';
  const rest = cut ? `<p>Only the first ${MAX_ENTRIES} names are shown.</p>\n` : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Index of ${shown}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Index of ${shown}</h1>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Size</th><th scope="col">Modified (UTC)</th></tr></thead>
<tbody>
${parent}${entries.map(rowOf).join("")}</tbody>
</table>
${rest}</body>
</html>
`;
}

function rowOf(entry: Entry): string {
  const { name, facts } = entry;
  const directory = isDirectory(entry);
  const plain = directory && name.endsWith("/") ? name.slice(0, -1) : name;
  // The dot keeps a name with a colon from being taken for a scheme.
  const href = `./${encodeURIComponent(plain)}${directory ? "/" : ""}`;
  const size = directory ? "" : shortSize(facts.size);
  // `24 Nov 2026 16:25` out of `Tue, 24 Nov 2026 16:25:02 GMT`
  const date = formatHttpDate(facts.modifiedAt).slice(5, 22);
  return `<tr><td><a href="${escapeHtml(href)}">${escapeHtml(name)}</a></td><td>${size}</td><td>${date}</td></tr>\n`;
}

function shortSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

const UNITS = ["KiB", "MiB", "GiB", "TiB"];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .35rem .5rem; text-align: left; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
th { font-weight: 600; }
td:first-child { overflow-wrap: anywhere; }
td:nth-child(n+2) { white-space: nowrap; font-variant-numeric: tabular-nums; opacity: .75; }
th:nth-child(2), td:nth-child(2) { text-align: right; }
a { text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
@media (max-width: 36rem) { th:nth-child(3), td:nth-child(3) { display: none; } }
`;
