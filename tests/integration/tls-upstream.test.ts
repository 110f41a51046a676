import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Prox, shared } from "./scene.ts";
import { ok, Upstream } from "./upstream.ts";

const pem = (name: string): string =>
  readFileSync(new URL(`../adapters/tcp/certificates/${name}`, import.meta.url), "utf8");
const FILES = {
  "/etc/ca.pem": pem("ca.pem"),
  "/etc/client.pem": pem("client.pem"),
  "/etc/client.key": pem("client.key"),
};
const SERVER = { cert: pem("server.pem"), key: pem("server.key") };

/** A Prox in front of an https upstream, with these TLS settings. */
function front(up: Upstream, settings: string, more = ""): Prox {
  const target = up.url.replace("http:", "https:");
  const tls = `, tls_upstream: {${settings}}`;
  return new Prox(`routes: {/: {type: proxy, target: '${target}'${tls}${more}}}`, FILES);
}

describe("an https upstream", () => {
  const up = shared(
    new Upstream(({ line, values }) => ok(`${line} ${values("host")}`), { tls: SERVER }),
  );

  test.each([
    ["ca: /etc/ca.pem", 200],
    ["ca: /etc/ca.pem, server_name: up.test", 200],
    ["ca: /etc/ca.pem, server_name: other.test", 502],
    ["server_name: up.test", 502],
    ["insecure_skip_verify: true", 200],
  ])("with {%s}: %d", async (settings, status) => {
    await using prox = front(up, settings);
    const response = await prox.get("/x?y");
    expect(response.status).toBe(status);
    const entry = await prox.logged();
    expect(entry["reason"]).toBe(status === 200 ? undefined : "upstream_tls_failed");
  });

  test("is called by its own name, by which its certificate and its virtual host go", async () => {
    await using prox = front(up, "ca: /etc/ca.pem");
    const { body } = await prox.get("/", "Host: shop.example\r\n");
    expect(body).toBe(`GET / HTTP/1.1 127.0.0.1:${up.port}`);
  });

  test("is called by the client's where that is asked for", async () => {
    await using prox = front(up, "ca: /etc/ca.pem", ", preserve_host: true");
    const { body } = await prox.get("/", "Host: shop.example\r\n");
    expect(body).toBe("GET / HTTP/1.1 shop.example");
  });

  test("keeps its connections", async () => {
    using own = new Upstream(() => ok("ok"), { tls: SERVER });
    await using prox = front(own, "ca: /etc/ca.pem");
    for (let i = 0; i < 3; i++) expect((await prox.get("/")).status).toBe(200);
    expect(own.connections).toHaveLength(1);
  });
});

describe("an upstream that asks for a certificate", () => {
  const tls = { ...SERVER, ca: pem("ca.pem"), requestCert: true, rejectUnauthorized: true };
  const up = shared(new Upstream(() => ok("ok"), { tls }));

  test.each([
    ["cert: /etc/client.pem, key: /etc/client.key, ", 200],
    ["", 502],
  ])("is shown {%s}: %d", async (settings, status) => {
    await using prox = front(up, `${settings}ca: /etc/ca.pem`);
    expect((await prox.get("/")).status).toBe(status);
  });
});
