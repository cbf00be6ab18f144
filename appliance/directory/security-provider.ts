/** Where users come from and are authenticated. */
export interface SecurityProvider {
  id: number;
  type: 'local' | 'ldap' | 'radius' | 'kerberos' | 'saml' | 'scim';
  name: string;
  enabled: boolean;
  userAuthentication: boolean;
  groupLookup: boolean;
  /** Lower ones are asked first. */
  priority: number;
  /** Group policy of users who are in no other; 0 is none. */
  defaultPolicy: number;
}

/** The users kept by the appliance itself. Always there, always first. */
export const LOCAL_SECURITY_PROVIDER: SecurityProvider = {
  id: 1,
  type: 'local',
  name: 'Local',
  enabled: true,
  userAuthentication: true,
  groupLookup: false,
  priority: 0,
  defaultPolicy: 0,
};
