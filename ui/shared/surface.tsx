import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './layout.css';
import { createTheme, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { giveStylesTheNonce, styleNonce } from './nonce.ts';
import { SignedIn } from './signed-in.tsx';

const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: { light: 8, dark: 5 },
  autoContrast: true,
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
});

/** Starts one surface of the product under its path: theme, messages, sign-in, then its pages. */
export function startSurface(basename: string, pages: ReactNode): void {
  giveStylesTheNonce();
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce}>
        <Notifications position="bottom-right" />
        <BrowserRouter basename={basename}>
          <SignedIn>{pages}</SignedIn>
        </BrowserRouter>
      </MantineProvider>
    </StrictMode>,
  );
}
