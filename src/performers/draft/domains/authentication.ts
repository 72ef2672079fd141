import { domain } from "./domain.ts";

export const authentication = domain({
  id: "authentication",
  words:
    "authentication|auth|authn|login|identity|sign-in|signin|session|sessions|oauth|sso|account|accounts|iam|user management",
  weight: 3,
  noun: "authentication service",
  parts: [
    "Account store: keeps accounts, salts and digests; never a plain password",
    "Credential check: compares digests, counts failures, locks an account for a time",
    "Session issuer: makes, verifies and revokes opaque tokens with an end",
    "Recovery: single-use links, proof of control of the address",
    "Audit log: who signed in, from where, with which outcome",
  ],
  concerns: [
    "security|P0|credential stuffing against the sign-in operation|lock accounts for a time after repeated failures and limit attempts by address|9|8|3",
    "performance|P1|the digest makes sign-in slow under load|measure the digest's cost and give it its own bounded worker pool|6|7|3",
    "reliability|P1|sessions are lost or stay valid when the store restarts|keep sessions in a replicated store and test revocation after a restart|7|6|5",
    "scalability|P1|every request reads the session store|cache verified sessions for seconds and publish revocations|6|6|4",
  ],
  options: [
    "Own service",
    "OpenID Connect provider, hosted",
    "OpenID Connect provider, self-hosted",
    "Passkeys (WebAuthn) first",
  ],
  criteria: [
    "control of user data",
    "protection against phishing",
    "time to operate",
    "cost per active user",
    "portability of accounts",
  ],
  measures: [
    "sign-in p99 latency",
    "failed sign-ins per minute",
    "time from revocation to refusal",
    "locked accounts per day",
  ],
  sketch: `
record Account { id: str, email: str, salt: str, digest: str, failures: int, lockedUntilMs: int }
record Profile { id: str, email: str }
record Session { token: str, accountId: str, email: str, expiresAtMs: int }
store accounts: Account
store sessions: Session
// Shortest password that is accepted, in characters.
setting minimumPassword = 12
// Failed attempts in a row before an account is locked.
setting maxFailures = 5
// How long an account stays locked, in milliseconds.
setting lockMs = 900000
// How long a session lasts, in milliseconds.
setting sessionMs = 3600000
port digest(password: str, salt: str): str
port secret(): str
// Creates an account for an address that is not taken yet; salt and digest never leave the service.
op register(email: str, password: str): Profile {
  let address: str = lower(email)
  need includes(address, "@") else EMAIL_INVALID "an address holds an @"
  need len(password) >= minimumPassword else PASSWORD_SHORT "the password is too short"
  need !has(accounts, address) else ACCOUNT_EXISTS "the address is taken"
  let salt = secret()
  let account = Account { id: nextId("account"), email: address, salt: salt, digest: digest(password, salt), failures: 0, lockedUntilMs: 0 }
  put accounts[address] = account
  return Profile { id: account.id, email: address }
}
// Opens a session, or counts a failure and locks the account after too many.
op signIn(email: str, password: str, nowMs: int): Session {
  let address: str = lower(email)
  load account = accounts[address] else CREDENTIALS_INVALID "address or password is wrong"
  need account.lockedUntilMs <= nowMs else ACCOUNT_LOCKED "too many failures, try again later"
  if digest(password, account.salt) != account.digest {
    let failures: int = account.failures + 1
    var lockedUntilMs: int = 0
    if failures >= maxFailures {
      lockedUntilMs = nowMs + lockMs
    }
    put accounts[address] = account with { failures: failures, lockedUntilMs: lockedUntilMs }
    fail CREDENTIALS_INVALID "address or password is wrong"
  }
  put accounts[address] = account with { failures: 0, lockedUntilMs: 0 }
  let session = Session { token: secret(), accountId: account.id, email: address, expiresAtMs: nowMs + sessionMs }
  put sessions[session.token] = session
  return session
}
// Gives the session of a token that is known and not expired.
op verify(token: str, nowMs: int): Session {
  load session = sessions[token] else SESSION_NOT_FOUND "the token is not known"
  need session.expiresAtMs > nowMs else SESSION_EXPIRED "the session has ended"
  return session
}
// Ends a session at once; a second time is no error.
op signOut(token: str) {
  drop sessions[token]
}
// Replaces the password and ends every session of the account.
op changePassword(email: str, oldPassword: str, newPassword: str): int {
  let address: str = lower(email)
  load account = accounts[address] else CREDENTIALS_INVALID "address or password is wrong"
  need digest(oldPassword, account.salt) == account.digest else CREDENTIALS_INVALID "address or password is wrong"
  need len(newPassword) >= minimumPassword else PASSWORD_SHORT "the password is too short"
  let salt = secret()
  put accounts[address] = account with { salt: salt, digest: digest(newPassword, salt) }
  var ended: int = 0
  for session in all(sessions) {
    if session.email == address {
      drop sessions[session.token]
      ended = ended + 1
    }
  }
  return ended
}
scenario "a registered account signs in and its session is verified" {
  account = register("Ada@example.org", "correct horse battery")
  expect account.email == "ada@example.org"
  session = signIn("ada@example.org", "correct horse battery", 1000)
  expect session.accountId == account.id
  seen = verify(session.token, 2000)
  expect seen.email == account.email
  signOut(session.token)
  refuse SESSION_NOT_FOUND verify(session.token, 3000)
}
scenario "an address is registered once" {
  register("ada@example.org", "correct horse battery")
  refuse ACCOUNT_EXISTS register("ADA@example.org", "another long password")
  refuse PASSWORD_SHORT register("bob@example.org", "short")
  refuse EMAIL_INVALID register("nobody", "correct horse battery")
}
scenario "five failures lock the account until the lock ends" {
  register("ada@example.org", "correct horse battery")
  refuse CREDENTIALS_INVALID signIn("ada@example.org", "wrong 1", 1)
  refuse CREDENTIALS_INVALID signIn("ada@example.org", "wrong 2", 2)
  refuse CREDENTIALS_INVALID signIn("ada@example.org", "wrong 3", 3)
  refuse CREDENTIALS_INVALID signIn("ada@example.org", "wrong 4", 4)
  refuse CREDENTIALS_INVALID signIn("ada@example.org", "wrong 5", 5)
  refuse ACCOUNT_LOCKED signIn("ada@example.org", "correct horse battery", 6)
  session = signIn("ada@example.org", "correct horse battery", 1000000)
  expect session.expiresAtMs == 4600000
}
scenario "a new password ends the open sessions" {
  register("ada@example.org", "correct horse battery")
  session = signIn("ada@example.org", "correct horse battery", 1)
  ended = changePassword("ada@example.org", "correct horse battery", "an even longer phrase")
  expect ended == 1
  refuse SESSION_NOT_FOUND verify(session.token, 2)
  refuse CREDENTIALS_INVALID signIn("ada@example.org", "correct horse battery", 3)
}
`,
});
