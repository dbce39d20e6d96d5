# The chart's pod brings configuration and data; nothing of the package's own first start stays.
rm -rf /var/lib/mysql/* /etc/mysql/mariadb.conf.d/50-server.cnf.orig
install -d -o mysql -g mysql -m 755 /run/mysqld /var/log/mysql /var/lib/mysql
