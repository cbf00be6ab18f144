declare module 'asciinema-player' {
  /** The part of the player's interface that is used here. */
  export function create(
    source: { data: string },
    element: HTMLElement,
    options: {
      fit?: 'width' | 'height' | 'both';
      idleTimeLimit?: number;
      autoPlay?: boolean;
      preload?: boolean;
    },
  ): { dispose(): void };
}
