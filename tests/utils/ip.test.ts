import { describe, expect, test } from "bun:test";
import { createCidrSet, hasHostBits, parseCidr, parseIp } from "../../src/utils/ip.ts";

const hex = (bytes: Uint8Array | null) =>
  bytes === null ? null : Buffer.from(bytes).toString("hex");

describe("parseIp", () => {
  test.each([
    ["0.0.0.0", "00000000"],
    ["255.255.255.255", "ffffffff"],
    ["192.0.2.1", "c0000201"],
    ["::", "0".repeat(32)],
    ["::1", `${"0".repeat(31)}1`],
    ["1::", `0001${"0".repeat(28)}`],
    ["2001:db8::1", "20010db8000000000000000000000001"],
    ["2001:DB8:0:0:0:0:0:1", "20010db8000000000000000000000001"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["1:2:3:4:5:6:7::", "00010002000300040005000600070000"],
    ["::ffff:192.0.2.1", "00000000000000000000ffffc0000201"],
    ["1:2:3:4:5:6:192.0.2.1", "000100020003000400050006c0000201"],
  ])("reads %s", (text, expected) => {
    expect(hex(parseIp(text))).toBe(expected);
  });

  test.each([
    "",
    "1",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "01.2.3.4",
    "1.2.3.4 ",
    "1.2.3.-4",
    "1.2.3.0x4",
    "a.b.c.d",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::",
    "::1.2.3",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "1:2:3:4:5:6:7:1.2.3.4",
    "[::1]",
    "fe80::1%eth0",
    ":1::2",
    "localhost",
  ])("refuses %p", (text) => {
    expect(parseIp(text)).toBeNull();
  });
});

describe("parseCidr", () => {
  test.each([
    ["10.0.0.0/8", 8],
    ["0.0.0.0/0", 0],
    ["10.1.2.3", 32],
    ["::1", 128],
    ["2001:db8::/32", 32],
    ["::/0", 0],
  ])("reads %s", (text, bits) => {
    expect(parseCidr(text)?.bits).toBe(bits);
  });

  test.each([
    "10.0.0.0/33",
    "::/129",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/8/8",
    "/8",
    "x/8",
  ])("refuses %p", (text) => {
    expect(parseCidr(text)).toBeNull();
  });

  test.each([
    ["10.0.0.0/8", false],
    ["10.0.0.1/8", true],
    ["10.128.0.0/9", false],
    ["10.128.0.0/8", true],
    ["1.2.3.4", false],
  ])("sees host bits of %s: %p", (text, expected) => {
    const block = parseCidr(text);
    expect(block !== null && hasHostBits(block)).toBe(expected);
  });
});

describe("createCidrSet", () => {
  const set = createCidrSet([
    "10.0.0.0/8",
    "192.168.1.128/25",
    "127.0.0.1",
    "fc00::/7",
    "::1",
    "::ffff:203.0.113.0/120",
  ]);

  test.each([
    ["10.0.0.0", true],
    ["10.255.255.255", true],
    ["11.0.0.0", false],
    ["9.255.255.255", false],
    ["192.168.1.127", false],
    ["192.168.1.128", true],
    ["192.168.1.255", true],
    ["192.168.2.0", false],
    ["127.0.0.1", true],
    ["127.0.0.2", false],
    ["::1", true],
    ["::2", false],
    ["fd12::9", true],
    ["fe80::1", false],
    ["fd12::9%eth0", true],
    ["::ffff:10.1.2.3", true],
    ["::ffff:11.1.2.3", false],
    ["203.0.113.9", true],
    ["", false],
    ["unknown", false],
    ["unix:", false],
  ])("%s: %p, also when asked again", (ip, expected) => {
    expect(set.has(ip)).toBe(expected);
    expect(set.has(ip)).toBe(expected);
  });

  test("keeps families apart", () => {
    expect(createCidrSet(["0.0.0.0/0"]).has("::1")).toBe(false);
    expect(createCidrSet(["::/0"]).has("10.0.0.1")).toBe(false);
    expect(createCidrSet(["::/0"]).has("2001:db8::1")).toBe(true);
  });

  test("answers right after more addresses than it remembers", () => {
    const many = createCidrSet(["10.0.0.0/16"]);
    for (let i = 0; i < 5000; i++) {
      expect(many.has(`10.${i % 3}.${i >> 8}.${i & 255}`)).toBe(i % 3 === 0);
    }
    expect(many.has("10.0.0.1")).toBe(true);
  });

  test("refuses a block that does not parse", () => {
    expect(() => createCidrSet(["10.0.0.0/99"])).toThrow(RangeError);
  });

  test("holds nothing when empty", () => {
    expect(createCidrSet([]).has("127.0.0.1")).toBe(false);
  });
});
