# `file` if there is a value, else `absent`.
#
# @param value what the file would hold
function platform::present_if(Any $value) >> Enum['file', 'absent'] {
  if $value =~ Undef {
    'absent'
  } else {
    'file'
  }
}
