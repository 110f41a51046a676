/** Dates in HTTP fields (RFC 9110, 5.6.7). */

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const CLOCK = "(\\d\\d):(\\d\\d):(\\d\\d)";
const IMF_FIXDATE = new RegExp(`^[A-Z][a-z]{2}, (\\d\\d) ([A-Z][a-z]{2}) (\\d{4}) ${CLOCK} GMT$`);
const RFC_850 = new RegExp(`^[A-Z][a-z]{5,8}, (\\d\\d)-([A-Z][a-z]{2})-(\\d\\d) ${CLOCK} GMT$`);
const ASCTIME = new RegExp(`^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \\d]\\d) ${CLOCK} (\\d{4})$`);

/** Formats Unix milliseconds as `Sun, 06 Nov 1994 08:49:37 GMT`; fractions of a second are cut off. */
export function formatHttpDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}

/** Parses any of the three forms of an HTTP date to Unix milliseconds; undefined for anything else. */
export function parseHttpDate(text: string): number | undefined {
  const fixed = IMF_FIXDATE.exec(text);
  if (fixed !== null) {
    const [, day, month, year, hour, minute, second] = fixed;
    return instant(Number(year), month, day, [hour, minute, second]);
  }
  const old = RFC_850.exec(text);
  if (old !== null) {
    const [, day, month, year, hour, minute, second] = old;
    return instant(fullYear(Number(year)), month, day, [hour, minute, second]);
  }
  const c = ASCTIME.exec(text);
  if (c === null) return undefined;
  const [, month, day, hour, minute, second, year] = c;
  return instant(Number(year), month, day, [hour, minute, second]);
}

/** Two-digit years count from 1970: RFC 850 dates are relics of the last century. */
function fullYear(twoDigits: number): number {
  return twoDigits < 70 ? 2000 + twoDigits : 1900 + twoDigits;
}

function instant(
  year: number,
  monthName: string | undefined,
  day: string | undefined,
  clock: readonly (string | undefined)[],
): number | undefined {
  const month = MONTHS.indexOf(monthName ?? "?");
  const [hour, minute, second] = clock.map(Number);
  if (month % 3 !== 0 || hour === undefined || minute === undefined) return undefined;
  // 60 is a leap second.
  if (hour > 23 || minute > 59 || second === undefined || second > 60) return undefined;
  const midnight = new Date(Date.UTC(year, month / 3, Number(day)));
  // A day that its month does not have has rolled over into the next.
  if (midnight.getUTCDate() !== Number(day)) return undefined;
  return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}
