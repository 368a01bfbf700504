/** The page's end of the line to the extension host. */

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** What a page sends, what it gets, and what of it survives hiding the page and reloading the window. */
export interface PageContract {
  readonly out: { readonly type: string };
  readonly in: { readonly type: string };
  readonly saved: object;
}

export class Host<C extends PageContract> {
  readonly #api = acquireVsCodeApi();

  send(message: C['out']): void {
    this.#api.postMessage(message);
  }

  /** Messages with another shape than `{ type }` are not from our host and are dropped. */
  listen(types: readonly C['in']['type'][], listener: (message: C['in']) => void): void {
    window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== 'object' || data === null || !('type' in data)) return;
      if (types.some((type) => type === data.type)) listener(data as C['in']);
    });
  }

  get saved(): Partial<C['saved']> {
    const state = this.#api.getState();
    return typeof state === 'object' && state !== null ? state : {};
  }

  /** Replaces all that was kept. */
  remember(saved: C['saved']): void {
    this.#api.setState(saved);
  }

  save(change: Partial<C['saved']>): void {
    this.#api.setState({ ...this.saved, ...change });
  }
}
