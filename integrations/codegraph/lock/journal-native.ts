/**
 * Loads codegraph-journal, the change journal behind a native lock.
 *
 * By `createRequire`, as the loader of the native engine: a top-level `await import` would make
 * every module above this one asynchronous.
 */
import { createRequire } from 'node:module';
import { debug, warn } from '../../infrastructure/logger.js';

type NativeJournal = typeof import('codegraph-journal/dir');

const require = createRequire(import.meta.url);

let loaded: NativeJournal | null | undefined; // undefined: not tried yet

/** The package; null where it is not installed, or has no binary for this platform. */
export function nativeJournal(): NativeJournal | null {
  if (loaded === undefined) loaded = load();
  return loaded;
}

function load(): NativeJournal | null {
  try {
    const native = require('codegraph-journal/dir') as NativeJournal;
    native.setWarningHandler(({ message }) => warn(message));
    return native;
  } catch (error) {
    debug(`No native journal: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}
