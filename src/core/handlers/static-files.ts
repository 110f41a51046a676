import type { ExchangeResponse, HeaderList } from "../../ports/exchange.ts";
import { ProxError } from "../../ports/failure.ts";
import type { FileTree, OpenFile } from "../../ports/file-system.ts";
import { hasHeader, headerValues } from "../../utils/header-list.ts";
import type { ExchangeContext, Handler } from "../context.ts";
import type { StaticAction } from "../model.ts";
import { acceptsHtml } from "./static/accepts-html.ts";
import { acceptedCodings } from "./static/content-coding.ts";
import { type RequestedName, requestedName } from "./static/file-name.ts";
import { fileResponse, type Representation } from "./static/file-response.ts";
import { listingResponse } from "./static/listing.ts";
import { isCompressible, mediaType } from "./static/media-type.ts";

/** One static route. */
interface Site {
  readonly plan: StaticAction;
  /** Matched prefix, which stands for the root. */
  readonly prefix: string;
  readonly files: FileTree;
}

/**
 * Creates the handler of a static route: GET and HEAD on the files below `plan.root`, which `files`
 * gives access to. `prefix` is the route's path prefix; it is stripped.
 * @throws ProxError, from the handler: `method_not_allowed`, `file_not_found`,
 * `precondition_failed`, `internal_error`.
 */
export function createStaticFiles(plan: StaticAction, prefix: string, files: FileTree): Handler {
  const site: Site = { plan, prefix, files };
  return (context) => {
    const { method } = context.request;
    if (method !== "GET" && method !== "HEAD") {
      throw new ProxError("method_not_allowed", "downstream");
    }
    const requested = requestedName(context.path, prefix, plan.dotfiles);
    const found = requested === null ? null : find(site, context, requested);
    const response = found ?? fallback(site, context);
    if (response === null) throw new ProxError("file_not_found", "downstream");
    return response;
  };
}

function find(
  site: Site,
  context: ExchangeContext,
  { name, directory }: RequestedName,
): ExchangeResponse | null {
  if (directory) return directoryResponse(site, context, name);
  const file = site.files.open(name);
  if (file === null) return null;
  if (file.facts.kind === "file") return respond(site, context, { name, file, vary: "" });
  file.close();
  return hasPage(site, name) ? slashRedirect(context) : null;
}

function directoryResponse(
  site: Site,
  context: ExchangeContext,
  name: string,
): ExchangeResponse | null {
  for (const index of site.plan.index) {
    const path = joined(name, index);
    const file = openFile(site.files, path);
    if (file !== null) return respond(site, context, { name: path, file, vary: "" });
  }
  const { dotfiles, browse } = site.plan;
  return browse ? listingResponse(site.files, { name, prefix: site.prefix, dotfiles }) : null;
}

/** Tells whether a directory would be answered at its own address, the one with a slash. */
function hasPage({ plan, files }: Site, name: string): boolean {
  return (
    plan.browse || plan.index.some((index) => files.facts(joined(name, index))?.kind === "file")
  );
}

/**
 * Sends the client to the path with a slash, so that relative links in the page work.
 *
 * **Security:** the target starts with exactly one slash; with two, or a backslash, browsers would
 * take it for another host.
 */
function slashRedirect(context: ExchangeContext): ExchangeResponse {
  const location = `/${context.path.replace(/^[/\\]+/, "")}/${context.query}`;
  return { status: 301, headers: ["location", location], body: null };
}

/** The page of a single-page application, for addresses that only it knows. */
function fallback(site: Site, context: ExchangeContext): ExchangeResponse | null {
  const { plan, files } = site;
  const { path, request } = context;
  if (plan.spaFallback === null || namesFile(path, plan.dotfiles)) return null;
  if (!acceptsHtml(headerValues(request.headers, "accept").join(","))) return null;
  const file = openFile(files, plan.spaFallback);
  if (file === null) return null;
  return respond(site, context, { name: plan.spaFallback, file, vary: "accept" });
}

/** A missing asset and a hidden file stay missing: scripts and images are not answered by a page. */
function namesFile(path: string, dotfiles: boolean): boolean {
  return path.includes(".", path.lastIndexOf("/")) || (!dotfiles && path.includes("/."));
}

/** A file that was found, and what its choice hung on. */
interface Found {
  readonly name: string;
  readonly file: OpenFile;
  /** Request field that it was chosen by; empty for none. */
  readonly vary: string;
}

function respond(
  { plan, files }: Site,
  context: ExchangeContext,
  { name, file, vary }: Found,
): ExchangeResponse {
  const type = mediaType(name);
  const plain = { file, type, coding: "", vary, cacheControl: plan.cacheControl };
  if (!plan.precompressed || !isCompressible(type)) return fileResponse(context, plain);
  const negotiated = {
    ...plain,
    vary: vary === "" ? "accept-encoding" : `${vary}, accept-encoding`,
  };
  const variant = variantFor(files, context, { name, file, vary });
  if (variant === null) return fileResponse(context, negotiated);
  file.close();
  return fileResponse(context, { ...negotiated, ...variant });
}

/** A compressed file, and how it is. */
type Variant = Pick<Representation, "file" | "coding">;

/** Finds a precompressed variant of a file, which stays open; null where the plain one is to be sent. */
function variantFor(files: FileTree, context: ExchangeContext, found: Found): Variant | null {
  const { method, headers } = context.request;
  // Byte positions count in the file as the client knows it, not in a compressed variant of it.
  if (method === "GET" && hasHeader(headers, "range")) return null;
  if (!hasHeader(headers, "accept-encoding")) return null;
  try {
    return openVariant(files, found.name, headers);
  } catch (error) {
    // No descriptors left, most likely: keep none.
    found.file.close();
    throw error;
  }
}

/** Opens the precompressed file that the client likes best; null where it accepts or there is none. */
function openVariant(files: FileTree, name: string, headers: HeaderList): Variant | null {
  for (const coding of acceptedCodings(headerValues(headers, "accept-encoding").join(","))) {
    const file = openFile(files, name + coding.suffix);
    if (file !== null) return { file, coding: coding.name };
  }
  return null;
}

function openFile(files: FileTree, path: string): OpenFile | null {
  const file = files.open(path);
  if (file === null || file.facts.kind === "file") return file;
  file.close();
  return null;
}

function joined(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
