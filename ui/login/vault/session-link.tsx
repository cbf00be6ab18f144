import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { useSession } from '../../shared/signed-in.tsx';

/** The session that used an account; those who may see every session are led to it. */
export function SessionLink({ lsid, none }: { lsid: string | null; none: string }) {
  const { me } = useSession();
  if (lsid === null) return <>{none}</>;
  if (!me.perm_admin) return <>in a session</>;
  return (
    <Anchor component={Link} to={`/sessions?lsid=${lsid}`} size="sm" underline="always">
      in a session
    </Anchor>
  );
}
