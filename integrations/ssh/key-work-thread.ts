import { parentPort, workerData } from 'node:worker_threads';
import { type KeyWork, workedKey } from './key-work.ts';

parentPort?.postMessage(workedKey(workerData as KeyWork));
