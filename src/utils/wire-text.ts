/** Header values hold bytes, one per character (Latin-1); texts of the configuration are Unicode. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is all of ASCII
const ASCII = /^[\x00-\x7f]*$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Turns Unicode text into the bytes of its UTF-8 form, one per character. */
export function toWireText(text: string): string {
  if (ASCII.test(text)) return text;
  let wire = "";
  for (const byte of encoder.encode(text)) wire += String.fromCharCode(byte);
  return wire;
}

/** Reads bytes, one per character, as UTF-8; as Latin-1 where they are not valid UTF-8. */
export function fromWireText(wire: string): string {
  if (ASCII.test(wire)) return wire;
  try {
    return decoder.decode(Uint8Array.from(wire, (char) => char.charCodeAt(0)));
  } catch {
    return wire;
  }
}
