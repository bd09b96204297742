import com.microsoft.sqlserver.jdbc.SQLServerException;
import java.math.BigDecimal;
import java.sql.*;
import java.util.*;

/**
 * Microsoft's client for Java against the SQL Server of the tests:
 * java -cp JAR Types.java PORT COUNT [CERTIFICATE]. A line of JSON for each
 * type and each operation.
 */
class Types {
  interface Work {
    String run(Connection connection) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    String secure = args.length > 2 ? "encrypt=true;trustServerCertificate=true" : "encrypt=false";
    String url = "jdbc:sqlserver://127.0.0.1:" + args[0]
        + ";databaseName=shop;user=sa;password=secret;" + secure;
    try (Connection connection = DriverManager.getConnection(url)) {
      for (int n = 0; n < Integer.parseInt(args[1]); n++) say(quoted(readType(connection, n)));
      for (var each : operations().entrySet()) {
        String found;
        try {
          found = each.getValue().run(connection);
        } catch (Exception error) {
          found = "failed: " + error;
        }
        say("[" + quoted(each.getKey()) + "," + quoted(found) + "]");
      }
    }
  }

  static String readType(Connection connection, int n) {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT type " + n)) {
      rows.next();
      return shown(rows, rows.getMetaData().getColumnTypeName(1));
    } catch (Exception error) {
      return "failed: " + error;
    }
  }

  static String shown(ResultSet rows, String type) throws SQLException {
    Object value = rows.getObject(1);
    if (value == null) return "None";
    if (value instanceof Boolean) return (Boolean) value ? "True" : "False";
    if (value instanceof byte[]) return "0x" + HexFormat.of().formatHex((byte[]) value);
    if (value instanceof BigDecimal) return ((BigDecimal) value).toPlainString();
    String text = rows.getString(1);
    return type.equals("uniqueidentifier") ? text.toLowerCase() : text;
  }

  static Map<String, Work> operations() {
    Map<String, Work> all = new LinkedHashMap<>();
    all.put("count", connection -> {
      try (Statement statement = connection.createStatement()) {
        return "" + statement.executeUpdate("UPDATE orders");
      }
    });
    all.put("parameters", connection -> {
      try (var statement = connection.prepareStatement("SELECT parameters ?, ?, ?, ?")) {
        statement.setLong(1, 7);
        statement.setNString(2, "grüße");
        statement.setNull(3, java.sql.Types.NVARCHAR);
        statement.setBytes(4, new byte[] {1, (byte) 255});
        return first(statement);
      }
    });
    all.put("prepared", connection -> {
      try (var statement = connection.prepareStatement("SELECT parameters ?")) {
        List<String> both = new ArrayList<>();
        for (int n = 0; n < 2; n++) {
          statement.setLong(1, n);
          both.add(first(statement));
        }
        return String.join(" ", both);
      }
    });
    all.put("transactions", connection -> {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.executeUpdate("UPDATE orders");
        connection.commit();
        statement.executeUpdate("UPDATE orders");
        connection.rollback();
      } finally {
        connection.setAutoCommit(true);
      }
      return "done";
    });
    all.put("error", connection -> {
      try (Statement statement = connection.createStatement()) {
        statement.executeUpdate("SELECT FAIL");
        return "no error";
      } catch (SQLServerException error) {
        return error.getErrorCode() + " " + error.getSQLServerError().getErrorMessage();
      }
    });
    all.put("several results", connection -> {
      List<String> found = new ArrayList<>();
      try (Statement statement = connection.createStatement()) {
        for (boolean more = statement.execute("SELECT twice"); more;
            more = statement.getMoreResults()) {
          ResultSet rows = statement.getResultSet();
          while (rows.next()) found.add(rows.getString(1));
        }
      }
      return String.join(" ", found);
    });
    all.put("cancel", connection -> {
      try (Statement statement = connection.createStatement()) {
        statement.setQueryTimeout(1);
        try {
          statement.execute("WAITFOR DELAY 1");
          return "it was not cancelled";
        } catch (SQLTimeoutException expected) {
          statement.executeUpdate("UPDATE orders");
          return "usable";
        }
      }
    });
    return all;
  }

  static String first(PreparedStatement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getString(1);
    }
  }

  static void say(String line) {
    byte[] bytes = (line + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    System.out.write(bytes, 0, bytes.length);
    System.out.flush();
  }

  static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
