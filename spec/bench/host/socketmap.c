/*
** socketmap PATH: answers whoever connects to a Unix socket the same to
** whatever he says, one connection after the other: what an answer by
** socketmap takes at least.
*/
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int count, char **arguments) {
  static const char answer[] = "19:OK u00000@t.example,";
  static struct sockaddr_un address = {.sun_family = AF_UNIX};
  static char request[65536];
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (count != 2 || strlen(arguments[1]) >= sizeof address.sun_path)
    return 2;
  strcpy(address.sun_path, arguments[1]);
  if (bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
      listen(listener, 1) != 0)
    return 1;
  for (;;) {
    int connection = accept(listener, NULL, NULL);
    while (read(connection, request, sizeof request) > 0)
      if (write(connection, answer, sizeof answer - 1) < 0)
        break;
    close(connection);
  }
}
