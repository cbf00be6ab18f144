import { parentPort, workerData } from 'node:worker_threads';
import { readKey } from './key-reader.ts';

const { privateKey, passphrase } = workerData as { privateKey: string; passphrase: string };
parentPort?.postMessage(readKey(privateKey, passphrase));
