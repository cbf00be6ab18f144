import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonSchema } from './contract-document.ts';

const UTC_DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/i;

/** The contract's date-times are UTC only; milliseconds may be there. */
export function isUtcDateTime(text: string): boolean {
  return UTC_DATE_TIME.test(text) && !Number.isNaN(Date.parse(text));
}

function newAjv(useDefaults: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    verbose: true,
    validateSchema: false,
    useDefaults,
    // To tidy the code it writes takes as long as to write it, and makes it no faster.
    code: { optimize: false },
  });
  addFormats.default(ajv);
  ajv.addFormat('date-time', isUtcDateTime);
  // The contract's limits say what a format word says elsewhere; these words only inform.
  for (const name of ['int32', 'int64', 'password', 'binary', 'byte']) ajv.addFormat(name, true);
  return ajv;
}

// One of each for the process: building an Ajv costs as much as compiling several operations.
const forRequests = newAjv(true);
const forResponses = newAjv(false);

/** Compiles a request schema. Validating fills in the schema's defaults. */
export function compileRequest(schema: JsonSchema): ValidateFunction {
  return forRequests.compile(schema);
}

/** Compiles a response schema. Validating changes nothing. */
export function compileResponse(schema: JsonSchema): ValidateFunction {
  return forResponses.compile(schema);
}
