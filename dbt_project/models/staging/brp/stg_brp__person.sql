{{ current_persons('brp') }}
