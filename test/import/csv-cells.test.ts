import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine, guardCell, readCell } from '../../appliance/jump/import/csv-cells.ts';

const awkward = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', 'a', '"', ',', ';', ' ') }),
);

describe('cells of a CSV file', () => {
  it('read back as the value they were written from, whatever it is', () => {
    fc.assert(fc.property(awkward, (value) => readCell(guardCell(value)) === value));
  });

  it('never start with a character that a spreadsheet runs', () => {
    fc.assert(fc.property(awkward, (value) => !/^[=+\-@\t\r\n]/.test(guardCell(value))));
  });

  it('leaves apostrophes of ordinary words alone, written and read', () => {
    expect(guardCell("'s-Hertogenbosch")).toBe("'s-Hertogenbosch");
    expect(readCell("'s-Hertogenbosch")).toBe("'s-Hertogenbosch");
    expect(guardCell("'=1+1")).toBe("''=1+1");
    expect(readCell("'=1+1")).toBe('=1+1');
  });

  it('quotes separators, quotes and line breaks', () => {
    expect(csvLine(['a,b', 'say "hi"', 'two\nlines', 'plain', ' x'])).toBe(
      '"a,b","say ""hi""","two\nlines",plain," x"\r\n',
    );
  });
});
