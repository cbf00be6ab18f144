import { enableCompileCache, flushCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll } from 'vitest';

// Every test file loads the same packages in a process of its own, which is ended before it would keep them by itself.
enableCompileCache(join(tmpdir(), 'bridgehead-compile-cache'));
beforeAll(() => flushCompileCache());
