import { expect, test } from "bun:test";
import { loadConfig } from "../../../src/config/load.ts";
import { memoryFiles } from "../memory-files.ts";

function routeOf(key: string) {
  const text = `listen_addr: 127.0.0.1:0\nroutes:\n  ${JSON.stringify(key)}: {type: redirect, target: /x}\n`;
  return loadConfig(text, { file: "c.yaml", env: {}, files: memoryFiles({}) }).plan?.routes[0];
}

test.each([
  ["/caf\u00e9/", null, "/caf%C3%A9"],
  ["/%63af%c3%a9", null, "/caf%c3%a9"],
  ["/\u{1f98a}", null, "/%F0%9F%A6%8A"],
  ["API.example.com/a//b/../c", "api.example.com", "/a/c"],
])("route key %s is host %p and prefix %s, as clients send them", (key, host, prefix) => {
  expect(routeOf(key)).toMatchObject({ key, host, prefix });
});
