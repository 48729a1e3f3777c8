# lists.pl READER FILE: nanoseconds a line to read each as an address list by a
# function of Email::Address::XS: parse_email_addresses or parse_email_groups.
use strict;
use warnings;
use Time::HiRes qw(clock);
use Email::Address::XS qw(parse_email_addresses parse_email_groups);

my $read = main->can($ARGV[0]);
open my $file, '<:raw', $ARGV[1] or die $!;
chomp(my @lines = <$file>);
my $start = clock;
for my $line (@lines) {
    my @found = $read->($line);
}
printf "%.1f\n", (clock() - $start) / @lines * 1e9;
