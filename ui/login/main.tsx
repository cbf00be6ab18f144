import { Alert } from '@mantine/core';
import { Fragment } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { NoSuchPage } from '../shared/no-such-page.tsx';
import { Shell, SIGN_IN_SECURITY } from '../shared/shell.tsx';
import { SignInSecurityPage } from '../shared/sign-in-security/lazy.tsx';
import { useSession } from '../shared/signed-in.tsx';
import { startSurface } from '../shared/surface.tsx';
import { PLACES, placesOf } from './places.tsx';

function Administration() {
  const { me } = useSession();
  const places = placesOf(me);
  return (
    <Shell title="Administration" places={places} elsewhere={{ href: '/console', label: 'Console' }}>
      <Routes>
        <Route path="/" element={places[0] ? <Navigate to={places[0].path} replace /> : <NoRights />} />
        {PLACES.map((place) => {
          const open = places.includes(place);
          return (
            <Fragment key={place.path}>
              <Route path={place.path} element={open ? place.page : <NoRights />} />
              {place.beneath?.map(({ path, page }) => (
                <Route key={path} path={place.path + path} element={open ? page : <NoRights />} />
              ))}
            </Fragment>
          );
        })}
        <Route path={SIGN_IN_SECURITY} element={<SignInSecurityPage />} />
        <Route path="*" element={<NoSuchPage />} />
      </Routes>
    </Shell>
  );
}

function NoRights() {
  return (
    <Alert color="yellow" title="This needs rights you do not have">
      An administrator can give them to you. Your work is in the <a href="/console">console</a>.
    </Alert>
  );
}

startSurface('/login', <Administration />);
