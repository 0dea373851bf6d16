{{ current_persons('rni') }}
