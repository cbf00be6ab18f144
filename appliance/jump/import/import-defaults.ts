import { JUMP_ITEM_KINDS } from '../jump-item.ts';
import { defaultSettings } from '../jump-item-kinds.ts';
import type { KindDefaults } from './import-ports.ts';

/** What a new item of each kind has where its row says nothing. */
export const IMPORT_KIND_DEFAULTS: KindDefaults = Object.fromEntries(
  JUMP_ITEM_KINDS.map((kind) => [kind, defaultSettings(kind)]),
);
