import type { UpstreamTlsPlan } from "../../core/model.ts";
import { below, type Scope } from "./scope.ts";

interface UpstreamTlsDraft {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly server_name?: string | undefined;
  readonly insecure_skip_verify?: boolean | undefined;
}

/** Compiles `tls_upstream`; reads its files. */
export function compileUpstreamTls(
  draft: UpstreamTlsDraft | undefined,
  scope: Scope,
): UpstreamTlsPlan | null {
  if (draft === undefined) return null;
  const { path, issues } = scope;
  if ((draft.cert === undefined) !== (draft.key === undefined)) {
    const missing = draft.cert === undefined ? "cert" : "key";
    issues.error({
      path,
      place: "key",
      code: "invalid_tls",
      message: `Invalid TLS configuration: 'tls_upstream' has no '${missing}'`,
      hint: "A client certificate needs 'cert' and 'key'.",
    });
  }
  if (draft.insecure_skip_verify === true) {
    issues.warn({
      path: [...path, "insecure_skip_verify"],
      code: "insecure_skip_verify",
      message:
        "The certificate of the upstream is not verified: anybody on the way can read and change the traffic",
      hint: "For a private authority name its certificate in 'ca' instead.",
    });
  }
  return {
    ca: readPem(draft.ca, "CERTIFICATE", below(scope, "ca")),
    cert: readPem(draft.cert, "CERTIFICATE", below(scope, "cert")),
    key: readPem(draft.key, "PRIVATE KEY", below(scope, "key")),
    serverName: serverName(draft.server_name, below(scope, "server_name")),
    insecureSkipVerify: draft.insecure_skip_verify ?? false,
  };
}

function readPem(
  file: string | undefined,
  label: string,
  { path, issues, files }: Scope,
): string | null {
  if (file === undefined) return null;
  if (files.kind(file) !== "file") {
    issues.error({
      path,
      code: "file_not_found",
      message: `File not found: ${file}`,
      hint: `Looked for ${files.resolve(file)}.`,
    });
    return null;
  }
  const text = files.readText(file);
  const isPem = text !== null && new RegExp(`-----BEGIN (?:[A-Z]+ )*${label}-----`).test(text);
  if (!isPem) {
    issues.error({
      path,
      code: "invalid_tls",
      message: `Invalid TLS configuration: ${file} ${text === null ? "cannot be read" : `holds no PEM block '${label}'`}`,
    });
  }
  return text;
}

function serverName(name: string | undefined, { path, issues }: Scope): string | null {
  if (name !== undefined && !/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i.test(name)) {
    issues.error({
      path,
      code: "invalid_tls",
      message: `Invalid TLS configuration: '${name}' is no host name`,
    });
  }
  return name?.toLowerCase() ?? null;
}
