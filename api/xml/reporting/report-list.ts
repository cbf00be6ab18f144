import type { Response } from 'express';
import { ApplianceError } from '../../../appliance/errors.ts';
import { streamText } from '../text-stream.ts';
import { XML_TYPE } from '../xml-answer.ts';
import {
  renderClosing,
  renderElement,
  renderOpening,
  type XmlAttributes,
  type XmlElement,
} from '../xml-renderer.ts';

/** Matched word for word by collectors. */
const NOTHING_FOUND = 'No report information matching your chosen criteria is available.';

/** What the published wire answers instead of an empty list. */
export function nothingFound(): ApplianceError {
  return new ApplianceError('not_found', NOTHING_FOUND);
}

/**
 * Streams a list report: the root opens when there is something to put in it. Fails with `not_found` and the published
 * sentence when there is nothing.
 */
export async function streamList<T>(
  res: Response,
  root: { name: string; namespace: string; attributes?: XmlAttributes },
  batches: AsyncIterable<T[]>,
  toElement: (item: T) => XmlElement,
): Promise<void> {
  const reader = batches[Symbol.asyncIterator]();
  const first = await reader.next();
  if (first.done) throw nothingFound();
  res.setHeader('Content-Type', XML_TYPE);
  await streamText(res, document());

  async function* document(): AsyncGenerator<string> {
    try {
      yield renderOpening(root.name, root.namespace, root.attributes);
      for (let batch = first; !batch.done; batch = await reader.next()) {
        for (const item of batch.value) yield renderElement(toElement(item), 1);
      }
      yield renderClosing(root.name);
    } finally {
      await reader.return?.();
    }
  }
}
