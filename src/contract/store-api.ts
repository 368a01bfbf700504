/**
 * What the store's program does with models: what each of its jobs takes, gives and tells on the way. Everything here happens on this machine, but for
 * asking the hub: searching, planning and installing.
 */
import * as v from 'valibot';
import { absolutePath, jobId, text, trusted, whole } from './schema';

/** How the hub is reached, where the user has said so; what is absent comes from the environment. */
const access = v.pipe(
  v.strictObject({
    /** The address of the hub or of a mirror: "https://hub.example". */
    endpoint: v.exactOptional(text),
    /** Never logged, never written, sent to the endpoint alone. */
    token: v.exactOptional(text),
    /** Nothing may be asked for. */
    offline: v.boolean(),
    proxy: v.exactOptional(
      v.strictObject({
        url: text,
        /** Hosts that are reached directly, as in NO_PROXY. */
        bypass: v.exactOptional(text),
        /** The value of the Proxy-Authorization header. */
        authorization: v.exactOptional(text),
        /** False: certificates are not checked. */
        strict: v.boolean(),
      }),
    ),
  }),
  v.readonly(),
);
export type GivenAccess = v.InferOutput<typeof access>;

/** Which weights are taken where there are several: full precision if there is one, or half precision if there is one. */
const precision = v.picklist(['full', 'half']);
export type Precision = v.InferOutput<typeof precision>;

/** `org/name`, `org/name/file.safetensors`, either with `@revision`; or the id of a published model of the catalog. */
const wanted = { name: text, precision };

export const search = v.pipe(v.strictObject({ access, query: text, most: whole }), v.readonly());
export const plan = v.pipe(v.strictObject({ access, ...wanted }), v.readonly());
export const install = v.pipe(
  v.strictObject({
    jobId,
    access,
    ...wanted,
    /** Of a gated model: the user has read its licence and accepts it. */
    accepted: v.boolean(),
  }),
  v.readonly(),
);
export const importModel = v.pipe(
  v.strictObject({
    jobId,
    /** A model's folder, or a .safetensors file. */
    path: absolutePath,
    /** Absent: the file's or folder's own name. */
    name: v.exactOptional(text),
    /** False: it is used where it lies. */
    copy: v.boolean(),
  }),
  v.readonly(),
);
export const verify = v.pipe(v.strictObject({ jobId, name: text }), v.readonly());
export const remove = v.pipe(v.strictObject({ name: text }), v.readonly());
export const clean = v.pipe(
  v.strictObject({
    /** Also what breaks have left of downloads, from which they would go on. */
    unfinished: v.boolean(),
  }),
  v.readonly(),
);

export const storeProgress = v.pipe(
  v.object({
    jobId,
    phase: trusted<'asking' | 'downloading' | 'waiting' | 'checking'>(),
    /** Bytes, of all files together. */
    done: whole,
    total: whole,
    /** The one that is worked on, inside the model. */
    file: v.exactOptional(text),
    /** Seconds until it is tried again, and why. */
    wait: v.exactOptional(whole),
    reason: v.exactOptional(text),
  }),
  v.readonly(),
);
export type StoreProgress = v.InferOutput<typeof storeProgress>;

/** What a model of the store can be used as. */
export type ModelKind = 'model' | 'unet' | 'decoder' | 'lora' | 'file';

export interface InstalledModel {
  /** `org/name`, `org/name/file.safetensors`, or the name it was imported under: what a model is called by. */
  readonly name: string;
  readonly kind: ModelKind;
  /** The folder, or the one file, that is opened. */
  readonly path: string;
  /** False: it lies elsewhere, and the store only knows of it. */
  readonly own: boolean;
  readonly bytes: number;
  /** Of the files with weights. */
  readonly weightBytes: number;
  /** The hub's commit; absent for what was imported. */
  readonly revision?: string;
  readonly license?: string;
  /** Why it cannot be used as it is: its files are gone. */
  readonly problem?: string;
}

export interface StoreContents {
  readonly folder: string;
  readonly models: readonly InstalledModel[];
  /** Complete models in the hub's own caches; they are used where they lie. */
  readonly cached: readonly InstalledModel[];
  readonly unfinished: readonly { readonly name: string; readonly bytes: number }[];
  /** The float32 copies of half-precision checkpoints. */
  readonly copies: { readonly folder: string; readonly files: number; readonly bytes: number };
  readonly freeBytes: number;
}

export interface FoundModel {
  readonly name: string;
  readonly downloads: number;
  readonly likes: number;
  /** As the hub says it: "openrail++". */
  readonly license?: string;
  readonly gated: boolean;
}

export interface SearchResult {
  readonly endpoint: string;
  readonly found: readonly FoundModel[];
}

export interface ModelPlan {
  readonly name: string;
  readonly endpoint: string;
  readonly kind: ModelKind;
  /** The commit that is installed. */
  readonly revision: string;
  readonly license?: string;
  /** Where the licence can be read. */
  readonly licenseUrl: string;
  /** Its authors want the licence accepted at the hub first, with the account whose token is used. */
  readonly gated: boolean;
  readonly files: readonly PlannedFile[];
  readonly bytes: number;
  /** Of the files with weights. */
  readonly weightBytes: number;
  /** What has to come over the network; the rest is here already. */
  readonly missingBytes: number;
  /** The folder of the hub's own cache that has all of it. */
  readonly cachedAt?: string;
  /** The store has just this revision already. */
  readonly installed: boolean;
  readonly freeBytes: number;
}

export interface PlannedFile {
  /** Inside the model, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of a large file, git's own id of a small one: what the hub says. */
  readonly digest: string;
}

export interface InstallResult {
  readonly model: InstalledModel;
  /** Bytes that came over the network. */
  readonly fetchedBytes: number;
  /** It was there already, in the store or in the hub's own cache. */
  readonly found?: 'store' | 'cache';
}

export interface VerifyResult {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  readonly problems: readonly { readonly path: string; readonly problem: string }[];
}

export interface FreedSpace {
  readonly files: number;
  readonly bytes: number;
}
