# The cookie belongs to a cluster, not to an image.
rm -f /var/lib/rabbitmq/.erlang.cookie
rm -rf /var/lib/rabbitmq/mnesia
install -d -o rabbitmq -g rabbitmq -m 750 /var/lib/rabbitmq /var/log/rabbitmq /etc/rabbitmq
chown -R rabbitmq:rabbitmq /var/lib/rabbitmq /var/log/rabbitmq /etc/rabbitmq
