import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './layout.css';
import {
  Alert,
  Badge,
  type CSSVariablesResolver,
  createTheme,
  Drawer,
  MantineProvider,
  Modal,
  Notification,
} from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { giveStylesTheNonce, styleNonce } from './nonce.ts';
import { SignedIn } from './signed-in.tsx';

const theme = createTheme({
  colors: {
    river: [
      '#e6f4fa',
      '#cfe5ef',
      '#9dcbe0',
      '#68b0d1',
      '#3f99c5',
      '#258abd',
      '#1581ba',
      '#036fa4',
      '#006394',
      '#005682',
    ],
  },
  primaryColor: 'river',
  primaryShade: 8,
  autoContrast: true,
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Titles in the colour of text: coloured ones on coloured grounds are hard to read.
    Alert: Alert.extend({ styles: { label: { color: 'var(--mantine-color-text)' } } }),
    // A coloured dot beside text in the text's own colour: readable on both grounds.
    Badge: Badge.extend({ defaultProps: { variant: 'dot' } }),
    Drawer: Drawer.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } } }),
  },
});

/** Secondary text and errors with enough contrast (WCAG AA) on both grounds. */
const contrast: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5c636a',
    '--mantine-color-placeholder': '#6b7278',
    '--mantine-color-error': '#c92a2a',
  },
  dark: {
    '--mantine-color-dimmed': '#a6a7ab',
    '--mantine-color-placeholder': '#9a9ca0',
    '--mantine-color-error': '#ff8787',
  },
});

/** Starts one surface of the product under its path: theme, messages, sign-in, then its pages. */
export function startSurface(basename: string, pages: ReactNode): void {
  giveStylesTheNonce();
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={contrast}
        defaultColorScheme="auto"
        getStyleNonce={styleNonce}
      >
        <Notifications position="bottom-right" />
        <BrowserRouter basename={basename}>
          <SignedIn>{pages}</SignedIn>
        </BrowserRouter>
      </MantineProvider>
    </StrictMode>,
  );
}
