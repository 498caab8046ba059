//! What a key of a body asks a person for, told by its name.

use crate::oracle::leaves::plain_key;

/// A value that differs from person to person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blank {
    /// The name to log in with.
    User,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The password, once or again.
    Password,
    /// Something that was sent to the person before.
    Code,
}

impl Blank {
    pub(super) const ALL: [Self; 5] =
        [Self::User, Self::Email, Self::Phone, Self::Password, Self::Code];

    /// How it is written in a form, without its braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Password => "password",
            Self::Code => "code",
        }
    }

    pub(super) fn written(self) -> String {
        format!("{{{}}}", self.name())
    }

    /// What a key asks for.
    pub fn of(key: &str) -> Option<Self> {
        let key = plain_key(key);
        let is = |names: &[&str]| names.contains(&key.as_str());
        if key.contains("password") || is(&["passwd", "pwd", "pass", "passphrase", "repass"]) {
            let about = ["hint", "question", "old", "current", "policy", "reset"];
            return (!about.iter().any(|word| key.contains(word))).then_some(Self::Password);
        }
        if is(&["email", "emailaddress", "mail", "useremail", "emailid", "usermail"]) {
            return Some(Self::Email);
        }
        if is(&[
            "username",
            "user",
            "login",
            "loginname",
            "userid",
            "handle",
            "nickname",
            "uname",
            "identifier",
            "accountname",
            "userlogin",
            "usernameoremail",
            "emailorusername",
            "loginid",
        ]) {
            return Some(Self::User);
        }
        if is(&[
            "phone",
            "phonenumber",
            "mobile",
            "mobilenumber",
            "phoneno",
            "mobileno",
            "telephone",
            "tel",
            "contactnumber",
            "number",
            "msisdn",
        ]) {
            return Some(Self::Phone);
        }
        is(&["token", "otp", "code", "resettoken", "resetcode", "verificationcode", "otpcode"])
            .then_some(Self::Code)
    }
}

/// Keys that must not be chosen by who registers: filled, they would make another kind of account.
pub(super) const NOT_OURS: [&str; 22] = [
    "id",
    "role",
    "roles",
    "roleid",
    "admin",
    "isadmin",
    "superuser",
    "issuperuser",
    "isstaff",
    "staff",
    "permissions",
    "scopes",
    "groups",
    "verified",
    "isverified",
    "emailverified",
    "balance",
    "credit",
    "status",
    "active",
    "isactive",
    "usertype",
];

/// Names that a refusal may say are missing.
pub(super) const EXTRAS: [&str; 40] = [
    "confirmPassword",
    "confirm_password",
    "passwordConfirm",
    "password_confirm",
    "passwordConfirmation",
    "password_confirmation",
    "passwordRepeat",
    "repeatPassword",
    "repeat_password",
    "password2",
    "re_password",
    "username",
    "userName",
    "email",
    "name",
    "fullName",
    "full_name",
    "fullname",
    "firstName",
    "first_name",
    "firstname",
    "lastName",
    "last_name",
    "lastname",
    "phone",
    "phoneNumber",
    "phone_number",
    "mobile",
    "pincode",
    "zipcode",
    "address",
    "city",
    "country",
    "dob",
    "date_of_birth",
    "age",
    "gender",
    "company",
    "terms",
    "display_name",
];
