from accounts.forms.log import LogFilter
from accounts.forms.postings import EndPostingForm, PostingForm
from accounts.forms.programmes import NewProgrammeForm, ProgrammeForm
from accounts.forms.session import PasswordForm, ProfileForm, SignInForm
from accounts.forms.users import NewUserForm, UserForm, UserSearch

__all__ = (
    "EndPostingForm",
    "LogFilter",
    "NewProgrammeForm",
    "NewUserForm",
    "PasswordForm",
    "PostingForm",
    "ProfileForm",
    "ProgrammeForm",
    "SignInForm",
    "UserForm",
    "UserSearch",
)
