// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         %[[DIGAMMA:.*]] = mjx.digamma %[[X]] : tensor<4xf32>
// SYNTAX:         return %[[DIGAMMA]] : tensor<4xf32>
func.func @syntax(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.digamma %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<3.1415926535897931> : tensor<4xf64>
// RULES:         %[[C2:.*]] = mjx.constant dense<0.16666666666666666> : tensor<4xf64>
// RULES:         %[[C3:.*]] = mjx.constant dense<0.023809523809523808> : tensor<4xf64>
// RULES:         %[[C4:.*]] = mjx.constant dense<-0.033333333333333333> : tensor<4xf64>
// RULES:         %[[C5:.*]] = mjx.constant dense<0.07575757575757576> : tensor<4xf64>
// RULES:         %[[C6:.*]] = mjx.constant dense<-0.2531135531135531> : tensor<4xf64>
// RULES:         %[[C7:.*]] = mjx.constant dense<1.1666666666666667> : tensor<4xf64>
// RULES:         %[[C8:.*]] = mjx.constant dense<1.000000e+01> : tensor<4xf64>
// RULES:         %[[C9:.*]] = mjx.constant dense<9.000000e+00> : tensor<4xf64>
// RULES:         %[[C10:.*]] = mjx.constant dense<8.000000e+00> : tensor<4xf64>
// RULES:         %[[C11:.*]] = mjx.constant dense<7.000000e+00> : tensor<4xf64>
// RULES:         %[[C12:.*]] = mjx.constant dense<6.000000e+00> : tensor<4xf64>
// RULES:         %[[C13:.*]] = mjx.constant dense<5.000000e+00> : tensor<4xf64>
// RULES:         %[[C14:.*]] = mjx.constant dense<4.000000e+00> : tensor<4xf64>
// RULES:         %[[C15:.*]] = mjx.constant dense<3.000000e+00> : tensor<4xf64>
// RULES:         %[[C16:.*]] = mjx.constant dense<2.000000e+00> : tensor<4xf64>
// RULES:         %[[C17:.*]] = mjx.constant dense<0.000000e+00> : tensor<4xf64>
// RULES:         %[[C18:.*]] = mjx.constant dense<1.000000e+00> : tensor<4xf64>
// RULES:         %[[C19:.*]] = mjx.constant dense<5.000000e-01> : tensor<4xf64>
// RULES:         %[[CONVERT:.*]] = mjx.convert %[[X]] : tensor<4xf32> -> tensor<4xf64>
// RULES:         %[[COMPARE:.*]] = mjx.compare lt %[[CONVERT]], %[[C19]] : tensor<4xf64>, tensor<4xf64> -> tensor<4xi1>
// RULES:         %[[SUB:.*]] = mjx.sub %[[C18]], %[[CONVERT]] : tensor<4xf64>
// RULES:         %[[SELECT:.*]] = mjx.select %[[COMPARE]], %[[SUB]], %[[CONVERT]] : tensor<4xi1>, tensor<4xf64>, tensor<4xf64> -> tensor<4xf64>
// RULES:         %[[ADD:.*]] = mjx.add %[[SELECT]], %[[C17]] : tensor<4xf64>
// RULES:         %[[DIV:.*]] = mjx.div %[[C18]], %[[ADD]] : tensor<4xf64>
// RULES:         %[[MUL:.*]] = mjx.mul %[[DIV]], %[[DIV]] : tensor<4xf64>
// RULES:         %[[ADD2:.*]] = mjx.add %[[MUL]], %[[C17]] : tensor<4xf64>
// RULES:         %[[ADD3:.*]] = mjx.add %[[SELECT]], %[[C18]] : tensor<4xf64>
// RULES:         %[[DIV2:.*]] = mjx.div %[[C18]], %[[ADD3]] : tensor<4xf64>
// RULES:         %[[MUL2:.*]] = mjx.mul %[[DIV2]], %[[DIV2]] : tensor<4xf64>
// RULES:         %[[ADD4:.*]] = mjx.add %[[ADD2]], %[[MUL2]] : tensor<4xf64>
// RULES:         %[[ADD5:.*]] = mjx.add %[[SELECT]], %[[C16]] : tensor<4xf64>
// RULES:         %[[DIV3:.*]] = mjx.div %[[C18]], %[[ADD5]] : tensor<4xf64>
// RULES:         %[[MUL3:.*]] = mjx.mul %[[DIV3]], %[[DIV3]] : tensor<4xf64>
// RULES:         %[[ADD6:.*]] = mjx.add %[[ADD4]], %[[MUL3]] : tensor<4xf64>
// RULES:         %[[ADD7:.*]] = mjx.add %[[SELECT]], %[[C15]] : tensor<4xf64>
// RULES:         %[[DIV4:.*]] = mjx.div %[[C18]], %[[ADD7]] : tensor<4xf64>
// RULES:         %[[MUL4:.*]] = mjx.mul %[[DIV4]], %[[DIV4]] : tensor<4xf64>
// RULES:         %[[ADD8:.*]] = mjx.add %[[ADD6]], %[[MUL4]] : tensor<4xf64>
// RULES:         %[[ADD9:.*]] = mjx.add %[[SELECT]], %[[C14]] : tensor<4xf64>
// RULES:         %[[DIV5:.*]] = mjx.div %[[C18]], %[[ADD9]] : tensor<4xf64>
// RULES:         %[[MUL5:.*]] = mjx.mul %[[DIV5]], %[[DIV5]] : tensor<4xf64>
// RULES:         %[[ADD10:.*]] = mjx.add %[[ADD8]], %[[MUL5]] : tensor<4xf64>
// RULES:         %[[ADD11:.*]] = mjx.add %[[SELECT]], %[[C13]] : tensor<4xf64>
// RULES:         %[[DIV6:.*]] = mjx.div %[[C18]], %[[ADD11]] : tensor<4xf64>
// RULES:         %[[MUL6:.*]] = mjx.mul %[[DIV6]], %[[DIV6]] : tensor<4xf64>
// RULES:         %[[ADD12:.*]] = mjx.add %[[ADD10]], %[[MUL6]] : tensor<4xf64>
// RULES:         %[[ADD13:.*]] = mjx.add %[[SELECT]], %[[C12]] : tensor<4xf64>
// RULES:         %[[DIV7:.*]] = mjx.div %[[C18]], %[[ADD13]] : tensor<4xf64>
// RULES:         %[[MUL7:.*]] = mjx.mul %[[DIV7]], %[[DIV7]] : tensor<4xf64>
// RULES:         %[[ADD14:.*]] = mjx.add %[[ADD12]], %[[MUL7]] : tensor<4xf64>
// RULES:         %[[ADD15:.*]] = mjx.add %[[SELECT]], %[[C11]] : tensor<4xf64>
// RULES:         %[[DIV8:.*]] = mjx.div %[[C18]], %[[ADD15]] : tensor<4xf64>
// RULES:         %[[MUL8:.*]] = mjx.mul %[[DIV8]], %[[DIV8]] : tensor<4xf64>
// RULES:         %[[ADD16:.*]] = mjx.add %[[ADD14]], %[[MUL8]] : tensor<4xf64>
// RULES:         %[[ADD17:.*]] = mjx.add %[[SELECT]], %[[C10]] : tensor<4xf64>
// RULES:         %[[DIV9:.*]] = mjx.div %[[C18]], %[[ADD17]] : tensor<4xf64>
// RULES:         %[[MUL9:.*]] = mjx.mul %[[DIV9]], %[[DIV9]] : tensor<4xf64>
// RULES:         %[[ADD18:.*]] = mjx.add %[[ADD16]], %[[MUL9]] : tensor<4xf64>
// RULES:         %[[ADD19:.*]] = mjx.add %[[SELECT]], %[[C9]] : tensor<4xf64>
// RULES:         %[[DIV10:.*]] = mjx.div %[[C18]], %[[ADD19]] : tensor<4xf64>
// RULES:         %[[MUL10:.*]] = mjx.mul %[[DIV10]], %[[DIV10]] : tensor<4xf64>
// RULES:         %[[ADD20:.*]] = mjx.add %[[ADD18]], %[[MUL10]] : tensor<4xf64>
// RULES:         %[[ADD21:.*]] = mjx.add %[[SELECT]], %[[C8]] : tensor<4xf64>
// RULES:         %[[DIV11:.*]] = mjx.div %[[C18]], %[[ADD21]] : tensor<4xf64>
// RULES:         %[[MUL11:.*]] = mjx.mul %[[DIV11]], %[[DIV11]] : tensor<4xf64>
// RULES:         %[[MUL12:.*]] = mjx.mul %[[MUL11]], %[[C7]] : tensor<4xf64>
// RULES:         %[[ADD22:.*]] = mjx.add %[[MUL12]], %[[C6]] : tensor<4xf64>
// RULES:         %[[MUL13:.*]] = mjx.mul %[[ADD22]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD23:.*]] = mjx.add %[[MUL13]], %[[C5]] : tensor<4xf64>
// RULES:         %[[MUL14:.*]] = mjx.mul %[[ADD23]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD24:.*]] = mjx.add %[[MUL14]], %[[C4]] : tensor<4xf64>
// RULES:         %[[MUL15:.*]] = mjx.mul %[[ADD24]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD25:.*]] = mjx.add %[[MUL15]], %[[C3]] : tensor<4xf64>
// RULES:         %[[MUL16:.*]] = mjx.mul %[[ADD25]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD26:.*]] = mjx.add %[[MUL16]], %[[C4]] : tensor<4xf64>
// RULES:         %[[MUL17:.*]] = mjx.mul %[[ADD26]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD27:.*]] = mjx.add %[[MUL17]], %[[C2]] : tensor<4xf64>
// RULES:         %[[MUL18:.*]] = mjx.mul %[[ADD27]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD28:.*]] = mjx.add %[[MUL18]], %[[C18]] : tensor<4xf64>
// RULES:         %[[MUL19:.*]] = mjx.mul %[[DIV11]], %[[ADD28]] : tensor<4xf64>
// RULES:         %[[MUL20:.*]] = mjx.mul %[[MUL11]], %[[C19]] : tensor<4xf64>
// RULES:         %[[ADD29:.*]] = mjx.add %[[MUL19]], %[[MUL20]] : tensor<4xf64>
// RULES:         %[[ADD30:.*]] = mjx.add %[[ADD29]], %[[ADD20]] : tensor<4xf64>
// RULES:         %[[ABS:.*]] = mjx.abs %[[CONVERT]] : tensor<4xf64>
// RULES:         %[[FLOOR:.*]] = mjx.floor %[[ABS]] : tensor<4xf64>
// RULES:         %[[SUB2:.*]] = mjx.sub %[[ABS]], %[[FLOOR]] : tensor<4xf64>
// RULES:         %[[SUB3:.*]] = mjx.sub %[[C18]], %[[SUB2]] : tensor<4xf64>
// RULES:         %[[MIN:.*]] = mjx.min %[[SUB2]], %[[SUB3]] : tensor<4xf64>
// RULES:         %[[MUL21:.*]] = mjx.mul %[[MIN]], %[[C]] : tensor<4xf64>
// RULES:         %[[SIN:.*]] = mjx.sin %[[MUL21]] : tensor<4xf64>
// RULES:         %[[DIV12:.*]] = mjx.div %[[C]], %[[SIN]] : tensor<4xf64>
// RULES:         %[[MUL22:.*]] = mjx.mul %[[DIV12]], %[[DIV12]] : tensor<4xf64>
// RULES:         %[[SUB4:.*]] = mjx.sub %[[MUL22]], %[[ADD30]] : tensor<4xf64>
// RULES:         %[[SELECT2:.*]] = mjx.select %[[COMPARE]], %[[SUB4]], %[[ADD30]] : tensor<4xi1>, tensor<4xf64>, tensor<4xf64> -> tensor<4xf64>
// RULES:         %[[CONVERT2:.*]] = mjx.convert %[[SELECT2]] : tensor<4xf64> -> tensor<4xf32>
// RULES:         %[[MUL23:.*]] = mjx.mul %[[DX]], %[[CONVERT2]] : tensor<4xf32>
// RULES:         return %[[MUL23]] : tensor<4xf32>
func.func @jvp(%x: tensor<4xf32>, %dx: tensor<4xf32>) -> tensor<4xf32> {
  %out, %dout = mjx.jvp(%x, %dx) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.digamma %a : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %dout : tensor<4xf32>
}

// RULES-LABEL: func.func @reverse(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<3.1415926535897931> : tensor<4xf64>
// RULES:         %[[C2:.*]] = mjx.constant dense<0.16666666666666666> : tensor<4xf64>
// RULES:         %[[C3:.*]] = mjx.constant dense<0.023809523809523808> : tensor<4xf64>
// RULES:         %[[C4:.*]] = mjx.constant dense<-0.033333333333333333> : tensor<4xf64>
// RULES:         %[[C5:.*]] = mjx.constant dense<0.07575757575757576> : tensor<4xf64>
// RULES:         %[[C6:.*]] = mjx.constant dense<-0.2531135531135531> : tensor<4xf64>
// RULES:         %[[C7:.*]] = mjx.constant dense<1.1666666666666667> : tensor<4xf64>
// RULES:         %[[C8:.*]] = mjx.constant dense<1.000000e+01> : tensor<4xf64>
// RULES:         %[[C9:.*]] = mjx.constant dense<9.000000e+00> : tensor<4xf64>
// RULES:         %[[C10:.*]] = mjx.constant dense<8.000000e+00> : tensor<4xf64>
// RULES:         %[[C11:.*]] = mjx.constant dense<7.000000e+00> : tensor<4xf64>
// RULES:         %[[C12:.*]] = mjx.constant dense<6.000000e+00> : tensor<4xf64>
// RULES:         %[[C13:.*]] = mjx.constant dense<5.000000e+00> : tensor<4xf64>
// RULES:         %[[C14:.*]] = mjx.constant dense<4.000000e+00> : tensor<4xf64>
// RULES:         %[[C15:.*]] = mjx.constant dense<3.000000e+00> : tensor<4xf64>
// RULES:         %[[C16:.*]] = mjx.constant dense<2.000000e+00> : tensor<4xf64>
// RULES:         %[[C17:.*]] = mjx.constant dense<0.000000e+00> : tensor<4xf64>
// RULES:         %[[C18:.*]] = mjx.constant dense<1.000000e+00> : tensor<4xf64>
// RULES:         %[[C19:.*]] = mjx.constant dense<5.000000e-01> : tensor<4xf64>
// RULES:         %[[CONVERT:.*]] = mjx.convert %[[X]] : tensor<4xf32> -> tensor<4xf64>
// RULES:         %[[COMPARE:.*]] = mjx.compare lt %[[CONVERT]], %[[C19]] : tensor<4xf64>, tensor<4xf64> -> tensor<4xi1>
// RULES:         %[[SUB:.*]] = mjx.sub %[[C18]], %[[CONVERT]] : tensor<4xf64>
// RULES:         %[[SELECT:.*]] = mjx.select %[[COMPARE]], %[[SUB]], %[[CONVERT]] : tensor<4xi1>, tensor<4xf64>, tensor<4xf64> -> tensor<4xf64>
// RULES:         %[[ADD:.*]] = mjx.add %[[SELECT]], %[[C17]] : tensor<4xf64>
// RULES:         %[[DIV:.*]] = mjx.div %[[C18]], %[[ADD]] : tensor<4xf64>
// RULES:         %[[MUL:.*]] = mjx.mul %[[DIV]], %[[DIV]] : tensor<4xf64>
// RULES:         %[[ADD2:.*]] = mjx.add %[[MUL]], %[[C17]] : tensor<4xf64>
// RULES:         %[[ADD3:.*]] = mjx.add %[[SELECT]], %[[C18]] : tensor<4xf64>
// RULES:         %[[DIV2:.*]] = mjx.div %[[C18]], %[[ADD3]] : tensor<4xf64>
// RULES:         %[[MUL2:.*]] = mjx.mul %[[DIV2]], %[[DIV2]] : tensor<4xf64>
// RULES:         %[[ADD4:.*]] = mjx.add %[[ADD2]], %[[MUL2]] : tensor<4xf64>
// RULES:         %[[ADD5:.*]] = mjx.add %[[SELECT]], %[[C16]] : tensor<4xf64>
// RULES:         %[[DIV3:.*]] = mjx.div %[[C18]], %[[ADD5]] : tensor<4xf64>
// RULES:         %[[MUL3:.*]] = mjx.mul %[[DIV3]], %[[DIV3]] : tensor<4xf64>
// RULES:         %[[ADD6:.*]] = mjx.add %[[ADD4]], %[[MUL3]] : tensor<4xf64>
// RULES:         %[[ADD7:.*]] = mjx.add %[[SELECT]], %[[C15]] : tensor<4xf64>
// RULES:         %[[DIV4:.*]] = mjx.div %[[C18]], %[[ADD7]] : tensor<4xf64>
// RULES:         %[[MUL4:.*]] = mjx.mul %[[DIV4]], %[[DIV4]] : tensor<4xf64>
// RULES:         %[[ADD8:.*]] = mjx.add %[[ADD6]], %[[MUL4]] : tensor<4xf64>
// RULES:         %[[ADD9:.*]] = mjx.add %[[SELECT]], %[[C14]] : tensor<4xf64>
// RULES:         %[[DIV5:.*]] = mjx.div %[[C18]], %[[ADD9]] : tensor<4xf64>
// RULES:         %[[MUL5:.*]] = mjx.mul %[[DIV5]], %[[DIV5]] : tensor<4xf64>
// RULES:         %[[ADD10:.*]] = mjx.add %[[ADD8]], %[[MUL5]] : tensor<4xf64>
// RULES:         %[[ADD11:.*]] = mjx.add %[[SELECT]], %[[C13]] : tensor<4xf64>
// RULES:         %[[DIV6:.*]] = mjx.div %[[C18]], %[[ADD11]] : tensor<4xf64>
// RULES:         %[[MUL6:.*]] = mjx.mul %[[DIV6]], %[[DIV6]] : tensor<4xf64>
// RULES:         %[[ADD12:.*]] = mjx.add %[[ADD10]], %[[MUL6]] : tensor<4xf64>
// RULES:         %[[ADD13:.*]] = mjx.add %[[SELECT]], %[[C12]] : tensor<4xf64>
// RULES:         %[[DIV7:.*]] = mjx.div %[[C18]], %[[ADD13]] : tensor<4xf64>
// RULES:         %[[MUL7:.*]] = mjx.mul %[[DIV7]], %[[DIV7]] : tensor<4xf64>
// RULES:         %[[ADD14:.*]] = mjx.add %[[ADD12]], %[[MUL7]] : tensor<4xf64>
// RULES:         %[[ADD15:.*]] = mjx.add %[[SELECT]], %[[C11]] : tensor<4xf64>
// RULES:         %[[DIV8:.*]] = mjx.div %[[C18]], %[[ADD15]] : tensor<4xf64>
// RULES:         %[[MUL8:.*]] = mjx.mul %[[DIV8]], %[[DIV8]] : tensor<4xf64>
// RULES:         %[[ADD16:.*]] = mjx.add %[[ADD14]], %[[MUL8]] : tensor<4xf64>
// RULES:         %[[ADD17:.*]] = mjx.add %[[SELECT]], %[[C10]] : tensor<4xf64>
// RULES:         %[[DIV9:.*]] = mjx.div %[[C18]], %[[ADD17]] : tensor<4xf64>
// RULES:         %[[MUL9:.*]] = mjx.mul %[[DIV9]], %[[DIV9]] : tensor<4xf64>
// RULES:         %[[ADD18:.*]] = mjx.add %[[ADD16]], %[[MUL9]] : tensor<4xf64>
// RULES:         %[[ADD19:.*]] = mjx.add %[[SELECT]], %[[C9]] : tensor<4xf64>
// RULES:         %[[DIV10:.*]] = mjx.div %[[C18]], %[[ADD19]] : tensor<4xf64>
// RULES:         %[[MUL10:.*]] = mjx.mul %[[DIV10]], %[[DIV10]] : tensor<4xf64>
// RULES:         %[[ADD20:.*]] = mjx.add %[[ADD18]], %[[MUL10]] : tensor<4xf64>
// RULES:         %[[ADD21:.*]] = mjx.add %[[SELECT]], %[[C8]] : tensor<4xf64>
// RULES:         %[[DIV11:.*]] = mjx.div %[[C18]], %[[ADD21]] : tensor<4xf64>
// RULES:         %[[MUL11:.*]] = mjx.mul %[[DIV11]], %[[DIV11]] : tensor<4xf64>
// RULES:         %[[MUL12:.*]] = mjx.mul %[[MUL11]], %[[C7]] : tensor<4xf64>
// RULES:         %[[ADD22:.*]] = mjx.add %[[MUL12]], %[[C6]] : tensor<4xf64>
// RULES:         %[[MUL13:.*]] = mjx.mul %[[ADD22]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD23:.*]] = mjx.add %[[MUL13]], %[[C5]] : tensor<4xf64>
// RULES:         %[[MUL14:.*]] = mjx.mul %[[ADD23]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD24:.*]] = mjx.add %[[MUL14]], %[[C4]] : tensor<4xf64>
// RULES:         %[[MUL15:.*]] = mjx.mul %[[ADD24]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD25:.*]] = mjx.add %[[MUL15]], %[[C3]] : tensor<4xf64>
// RULES:         %[[MUL16:.*]] = mjx.mul %[[ADD25]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD26:.*]] = mjx.add %[[MUL16]], %[[C4]] : tensor<4xf64>
// RULES:         %[[MUL17:.*]] = mjx.mul %[[ADD26]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD27:.*]] = mjx.add %[[MUL17]], %[[C2]] : tensor<4xf64>
// RULES:         %[[MUL18:.*]] = mjx.mul %[[ADD27]], %[[MUL11]] : tensor<4xf64>
// RULES:         %[[ADD28:.*]] = mjx.add %[[MUL18]], %[[C18]] : tensor<4xf64>
// RULES:         %[[MUL19:.*]] = mjx.mul %[[DIV11]], %[[ADD28]] : tensor<4xf64>
// RULES:         %[[MUL20:.*]] = mjx.mul %[[MUL11]], %[[C19]] : tensor<4xf64>
// RULES:         %[[ADD29:.*]] = mjx.add %[[MUL19]], %[[MUL20]] : tensor<4xf64>
// RULES:         %[[ADD30:.*]] = mjx.add %[[ADD29]], %[[ADD20]] : tensor<4xf64>
// RULES:         %[[ABS:.*]] = mjx.abs %[[CONVERT]] : tensor<4xf64>
// RULES:         %[[FLOOR:.*]] = mjx.floor %[[ABS]] : tensor<4xf64>
// RULES:         %[[SUB2:.*]] = mjx.sub %[[ABS]], %[[FLOOR]] : tensor<4xf64>
// RULES:         %[[SUB3:.*]] = mjx.sub %[[C18]], %[[SUB2]] : tensor<4xf64>
// RULES:         %[[MIN:.*]] = mjx.min %[[SUB2]], %[[SUB3]] : tensor<4xf64>
// RULES:         %[[MUL21:.*]] = mjx.mul %[[MIN]], %[[C]] : tensor<4xf64>
// RULES:         %[[SIN:.*]] = mjx.sin %[[MUL21]] : tensor<4xf64>
// RULES:         %[[DIV12:.*]] = mjx.div %[[C]], %[[SIN]] : tensor<4xf64>
// RULES:         %[[MUL22:.*]] = mjx.mul %[[DIV12]], %[[DIV12]] : tensor<4xf64>
// RULES:         %[[SUB4:.*]] = mjx.sub %[[MUL22]], %[[ADD30]] : tensor<4xf64>
// RULES:         %[[SELECT2:.*]] = mjx.select %[[COMPARE]], %[[SUB4]], %[[ADD30]] : tensor<4xi1>, tensor<4xf64>, tensor<4xf64> -> tensor<4xf64>
// RULES:         %[[CONVERT2:.*]] = mjx.convert %[[SELECT2]] : tensor<4xf64> -> tensor<4xf32>
// RULES:         %[[MUL23:.*]] = mjx.mul %[[CT]], %[[CONVERT2]] : tensor<4xf32>
// RULES:         return %[[MUL23]] : tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %ct: tensor<4xf32>) -> tensor<4xf32> {
  %out, %l = mjx.linearize(%x) wrt = [0] : (tensor<4xf32>) -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.digamma %a : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<4xf32>
  return %g : tensor<4xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[DIGAMMA:.*]] = mjx.digamma %[[XS]] : tensor<8x4xf32>
// RULES:         return %[[DIGAMMA]] : tensor<8x4xf32>
func.func @batch(%xs: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {size = 8 : i64} : (tensor<8x4xf32>) -> tensor<8x4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.digamma %a : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %r : tensor<8x4xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG:         linalg.fill
// LINALG:         linalg.fill
// LINALG:         linalg.fill
// LINALG:         linalg.fill
// LINALG:         linalg.fill
// LINALG:         linalg.fill
// LINALG:         linalg.fill
// LINALG:         linalg.fill
// LINALG:         linalg.yield
// LINALG:         return
func.func @lower(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.digamma %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
